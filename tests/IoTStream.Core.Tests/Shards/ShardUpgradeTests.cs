using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Core.Tests.Shards;

/// <summary>Records that are on their way between shards when all of them are stopped, and are others in the version that is started then.</summary>
public sealed class ShardUpgradeTests
{
    private const int Shards = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    public async Task They_are_taken_as_they_are_now_by_a_migration()
    {
        MemoryCluster cluster = await SendAsync();
        await using Job job = await StartAsync(Later(static builder => builder.MigrateState<Before, After>(static old => new After(old.Key, old.Value + 1000))), cluster, shard: 1);
        await UntilAsync(() => cluster.Written.Count > 0);
        cluster.Written.Should().OnlyContain(static line => line.StartsWith("after ", StringComparison.Ordinal) && line.EndsWith(" 1007", StringComparison.Ordinal));
    }

    [Test]
    public async Task They_are_not_taken_for_something_else()
    {
        MemoryCluster cluster = await SendAsync();
        await using Job job = await StartAsync(Later(static _ => { }), cluster, shard: 1);
        Func<Task> run = () => job.Completion.WaitAsync(Patience);
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<StateMismatchException>().WithMessage("*on their way to 'by key'*MigrateState*");
        cluster.Written.Should().BeEmpty();
    }

    /// <summary>The first version, of which only one shard runs: what it sends to the other stays on its way.</summary>
    private static async Task<MemoryCluster> SendAsync()
    {
        var cluster = new MemoryCluster(Shards);
        var builder = new TopologyBuilder("upgraded");
        builder.From("source", Source()).Select(static key => new Before(key, 7))
            .KeyBy(static record => record.Key, name: "by key").Process("show", static () => new Show<Before>()).To("out", new SharedSink());
        await using Job job = await StartAsync(builder.Build(), cluster, shard: 0);
        await UntilAsync(() => cluster.Written.Count > 0);
        await job.StopAsync();
        cluster.ForgetWritten();
        return cluster;
    }

    private static Topology Later(Action<TopologyBuilder> configure)
    {
        var builder = new TopologyBuilder("upgraded");
        configure(builder);
        builder.From("source", Source()).Select(static key => new After(key, 7))
            .KeyBy(static record => record.Key, name: "by key").Process("show", static () => new Show<After>()).To("out", new SharedSink());
        return builder.Build();
    }

    /// <summary>All keys are in the partition of the first shard.</summary>
    private static SharedSource<int> Source() => new([[.. Enumerable.Range(0, 50)], []]);

    private static Task<Job> StartAsync(Topology topology, MemoryCluster cluster, int shard) => topology.StartShardAsync(
        new JobOptions { Lanes = 1, EpochInterval = TimeSpan.FromMilliseconds(1), Restart = null }, new MemoryShard(cluster, shard), CancellationToken.None);

    private static async Task UntilAsync(Func<bool> condition)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition() && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(1, CancellationToken.None);
        }

        condition().Should().BeTrue();
    }

    private readonly record struct Before(int Key, int Value);

    private readonly record struct After(int Key, long Value);

    private sealed class Show<T> : KeyedProcess<int, T, string>
    {
        public override void OnRecord(T record, KeyedProcessContext<int, string> context) =>
            context.Emit(record is After after ? $"after {after.Key} {after.Value}" : $"before {context.Key}");
    }
}
