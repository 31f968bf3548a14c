using System.Globalization;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>What a million subscriptions of the embedded broker take, and how fast topics find theirs.</summary>
internal static class SubscriptionReport
{
    private const int Sessions = 1000;
    private const int SubscriptionsPerSession = 1000;
    private const int Topics = 200_000;
    private static readonly TimeProvider Clock = TimeProvider.System;

    public static async Task RunAsync()
    {
        await Console.Out.WriteLineAsync($"subscriptions: {Sessions * SubscriptionsPerSession:N0} of {Sessions:N0} sessions");
        await RunAsync("a filter each", static i => $"city/{i / 1000}/sensor-{i}/speed");
        await RunAsync("a filter each, with +", static i => $"city/+/sensor-{i}/+");
        await RunAsync("a filter each, with #", static i => $"city/{i / 1000}/sensor-{i}/#");
        await RunAsync("a thousand to a filter", static i => $"city/{i / 1000 % 200}/sensor-{i / 1000 * 1000}/speed");
    }

    private static async Task RunAsync(string name, Func<int, string> filterOf)
    {
        using var context = new BrokerContext(new MqttBrokerOptions());
        SubscriptionTree tree = context.Subscriptions;
        Session[] sessions = [.. Enumerable.Range(0, Sessions).Select(i => new Session(i.ToString(CultureInfo.InvariantCulture), context))];
        TopicName[] topics = [.. Enumerable.Range(0, Topics).Select(i => TopicName.Create(TopicOf(i * 5)))];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long start = Clock.GetTimestamp();
        for (int i = 0; i < Sessions * SubscriptionsPerSession; i++)
        {
            tree.Subscribe(sessions[i % Sessions], new TopicSubscription(filterOf(i)), identifier: 0, limit: int.MaxValue);
        }

        double subscribing = Nanoseconds(start) / (Sessions * SubscriptionsPerSession);
        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        start = Clock.GetTimestamp();
        long found = 0;
        foreach (TopicName topic in topics)
        {
            found += tree.Find(topic).Count;
        }

        double finding = Nanoseconds(start) / Topics;
        start = Clock.GetTimestamp();
        foreach (TopicName topic in topics)
        {
            found += tree.Find(topic).Count;
        }

        double again = Nanoseconds(start) / Topics;
        start = Clock.GetTimestamp();
        foreach (Session session in sessions)
        {
            tree.UnsubscribeAll(session);
        }

        double unsubscribing = Nanoseconds(start) / (Sessions * SubscriptionsPerSession);
        await Console.Out.WriteLineAsync(
            $"  {name,-24} {bytes / (double)(Sessions * SubscriptionsPerSession),6:N0} bytes each, subscribe {subscribing:N0} ns, "
            + $"find {finding:N0} ns, find again {again:N0} ns, unsubscribe {unsubscribing:N0} ns, {found / (2.0 * Topics):N1} found a topic");
    }

    private static string TopicOf(int i) => $"city/{i / 1000}/sensor-{i}/speed";

    private static double Nanoseconds(long since) => Clock.GetElapsedTime(since).TotalNanoseconds;
}
