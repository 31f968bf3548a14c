using Confluent.Kafka;
using IoTStream.Kafka.Tests.Peers;

namespace IoTStream.Kafka.Tests.Groups;

/// <summary>
/// Groups of members in processes of their own: they join, leave and are killed. The mock cluster loses what members commit while a rebalance is under way, so there only loss is looked for; that nothing is repeated is seen on a real one.
/// </summary>
public sealed class GroupTests
{
    private const int Partitions = 6;
    private const int NumbersAStep = 60;
    private int _produced;

    [Test]
    public async Task Members_that_join_leave_and_are_killed_lose_nothing()
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", Partitions);
        await using var group = new GroupOfProcesses(cluster.BootstrapServers, "numbers", withLog: true);
        PeerProcess first = group.Join();
        await ProduceAsync(cluster.BootstrapServers, "numbers", until: () => first.Output.Count > 0);
        PeerProcess second = group.Join();
        PeerProcess third = group.Join();
        await ProduceAsync(cluster.BootstrapServers, "numbers", until: () => second.Output.Count > 0 || third.Output.Count > 0);
        (await first.ExitAsync()).Should().Be(0, "{0}", first.Errors);
        await ProduceAsync(cluster.BootstrapServers, "numbers");
        second.Kill();
        await ProduceAsync(cluster.BootstrapServers, "numbers");

        await Limits.UntilAsync(() => group.Numbers.Distinct().Count() >= _produced, "all numbers come");
        group.Numbers.Distinct().Order().Should().Equal(Enumerable.Range(0, _produced), "none is lost");
    }

    [Test]
    public async Task Members_that_join_and_leave_lose_and_repeat_nothing([Values] bool withLog)
    {
        RealCluster.Require();
        string topic = await RealCluster.CreateTopicAsync(Partitions);
        await using var group = new GroupOfProcesses(RealCluster.Servers!, topic, withLog);
        PeerProcess first = group.Join();
        await ProduceAsync(RealCluster.Servers!, topic, until: () => first.Output.Count > 0);
        PeerProcess second = group.Join();
        await ProduceAsync(RealCluster.Servers!, topic, until: () => second.Output.Count > 0);
        PeerProcess third = group.Join();
        await ProduceAsync(RealCluster.Servers!, topic, until: () => third.Output.Count > 0);
        (await first.ExitAsync()).Should().Be(0, "{0}", first.Errors);
        await ProduceAsync(RealCluster.Servers!, topic);
        (await third.ExitAsync()).Should().Be(0, "{0}", third.Errors);
        await ProduceAsync(RealCluster.Servers!, topic);

        await Limits.UntilAsync(() => group.Numbers.Count >= _produced, "all numbers come");
        (await second.ExitAsync()).Should().Be(0, "{0}", second.Errors);
        group.Numbers.Order().Should().Equal(Enumerable.Range(0, _produced), "each is read once");
    }

    [Test]
    public async Task Members_that_are_killed_lose_nothing_on_a_real_cluster()
    {
        RealCluster.Require();
        string topic = await RealCluster.CreateTopicAsync(Partitions);
        await using var group = new GroupOfProcesses(RealCluster.Servers!, topic, withLog: true);
        PeerProcess[] members = [group.Join(), group.Join(), group.Join()];
        await ProduceAsync(RealCluster.Servers!, topic, until: () => Array.TrueForAll(members, static member => member.Output.Count > 0));
        members[0].Kill();
        await ProduceAsync(RealCluster.Servers!, topic);
        members[1].Kill();
        group.Join();
        await ProduceAsync(RealCluster.Servers!, topic);

        await Limits.UntilAsync(() => group.Numbers.Distinct().Count() >= _produced, "all numbers come");
        group.Numbers.Distinct().Order().Should().Equal(Enumerable.Range(0, _produced), "none is lost");
    }

    [SetUp]
    public void Begin() => _produced = 0;

    /// <summary>Produces until a condition holds, at least one step.</summary>
    private async Task ProduceAsync(string servers, string topic, Func<bool>? until = null)
    {
        using IProducer<byte[]?, byte[]?> producer = Producing.Create(servers);
        long start = TimeProvider.System.GetTimestamp();
        do
        {
            for (int i = 0; i < NumbersAStep; i++, _produced++)
            {
                producer.Produce(new TopicPartition(topic, _produced % Partitions), new Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes($"{_produced}") });
            }

            producer.Flush(Limits.Wait).Should().Be(0);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        while (until is not null && !until() && TimeProvider.System.GetElapsedTime(start) < Limits.Wait);
    }
}
