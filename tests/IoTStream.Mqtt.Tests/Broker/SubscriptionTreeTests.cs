using FsCheck;
using FsCheck.Fluent;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>The trees of subscriptions and retained messages against the plain rule for one filter and one topic.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class SubscriptionTreeTests
{
    private static readonly string[] Levels = ["a", "b", "", "$x"];
    private static readonly string[] FilterLevels = [.. Levels, "+"];

    [Test]
    public void The_tree_finds_what_each_filter_by_itself_matches() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
            {
                var random = new Random(seed);
                using var context = new BrokerContext(new MqttBrokerOptions());
                var tree = new SubscriptionTree();
                var filters = new Dictionary<string, Session>(StringComparer.Ordinal);
                for (int i = 0; i < 60; i++)
                {
                    string filter = Filter(random);
                    if (random.Next(3) == 0 && filters.Remove(filter, out Session? leaving))
                    {
                        tree.UnsubscribeAll(leaving);
                    }
                    else if (!filters.ContainsKey(filter))
                    {
                        var session = new Session(filter, context);
                        filters.Add(filter, session);
                        tree.Subscribe(session, new TopicSubscription(filter), 0, 10);
                    }

                    TopicName topic = TopicName.Create(Topic(random));
                    string[] found = [.. tree.Find(topic).Deliveries.ToArray().Select(d => ((Session)d.Recipient).ClientIdentifier).Order()];
                    string[] expected = [.. filters.Keys.Where(f => TopicFilter.Matches(f, topic.Text)).Order()];
                    if (!found.SequenceEqual(expected) || tree.Count != filters.Count)
                    {
                        return false;
                    }
                }

                return true;
            }));

    [Test]
    public void Retained_messages_are_found_by_the_filters_that_match_their_topics() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
            {
                var random = new Random(seed);
                var retained = new RetainedMessages(1000, long.MaxValue);
                var topics = new HashSet<string>(StringComparer.Ordinal);
                for (int i = 0; i < 60; i++)
                {
                    string topic = Topic(random);
                    bool clears = random.Next(3) == 0;
                    byte[] payload = clears ? [] : [1];
                    retained.Set(Publication.Of(new WillMessage(TopicName.Create(topic), payload, Retain: true), default));
                    _ = clears ? topics.Remove(topic) : topics.Add(topic);

                    string filter = Filter(random);
                    string[] found = [.. retained.Find(filter, default).Select(p => p.Topic.Text).Order()];
                    if (!found.SequenceEqual(topics.Where(t => TopicFilter.Matches(filter, t)).Order()) || retained.Count != topics.Count)
                    {
                        return false;
                    }
                }

                return true;
            }));

    [Test]
    public void A_filter_with_many_subscribers_loses_the_right_one()
    {
        using var context = new BrokerContext(new MqttBrokerOptions());
        var tree = new SubscriptionTree();
        Session[] sessions = [.. Enumerable.Range(0, 1000).Select(i => new Session($"{i}", context))];
        foreach (Session session in sessions)
        {
            tree.Subscribe(session, new TopicSubscription("a/+"), 0, 10);
        }

        for (int i = 0; i < 1000; i += 2)
        {
            tree.Unsubscribe(sessions[i], "a/+").Should().BeTrue();
        }

        tree.Find(TopicName.Create("a/b")).Deliveries.ToArray().Select(d => ((Session)d.Recipient).ClientIdentifier).Order()
            .Should().Equal(sessions.Where((_, i) => i % 2 == 1).Select(s => s.ClientIdentifier).Order());
    }

    private static string Topic(Random random) =>
        string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Levels[random.Next(Levels.Length)])) is { Length: > 0 } topic
            ? topic
            : "a";

    private static string Filter(Random random)
    {
        string filter = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => FilterLevels[random.Next(FilterLevels.Length)]));
        return random.Next(3) == 0 ? filter + "/#" : filter.Length == 0 ? "#" : filter;
    }
}
