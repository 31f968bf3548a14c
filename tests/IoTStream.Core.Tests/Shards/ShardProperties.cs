using IoTStream.Core.Tests.Support;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Shards;

/// <summary>A topology in shards gives what it gives in one job, whatever shards are broken off and begun anew.</summary>
public sealed class ShardProperties
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    public void Shards_give_together_what_one_job_gives() => Property.Holds(ShardCase.Draw, static @case => RunAsync(@case).GetAwaiter().GetResult(), share: 10);

    private static async Task RunAsync(ShardCase @case)
    {
        var single = new SharedSink();
        await using (Job job = await ShardTopology.Build(@case, single).StartAsync(new JobOptions { Lanes = 1 }))
        {
            await job.Completion;
        }

        string[] expected = [.. single.Collected.Values.Order(StringComparer.Ordinal)];
        var cluster = new MemoryCluster(@case.Shards);
        Topology topology = ShardTopology.Build(@case, new SharedSink());
        topology.CheckShards(IoTStream.Connectors.Delivery.ExactlyOnce).Should().BeEmpty();
        List<Job> jobs = [];
        for (int shard = 0; shard < @case.Shards; shard++)
        {
            jobs.Add(await StartAsync(topology, cluster, @case, shard));
        }

        foreach ((int shard, int delay, bool isZombie) in @case.Failures)
        {
            await Task.Delay(delay, CancellationToken.None);
            Job old = jobs[shard];
            if (!isZombie)
            {
                await old.DisposeAsync();
            }

            jobs[shard] = await StartAsync(topology, cluster, @case, shard);
            jobs.Add(old);
        }

        long start = TimeProvider.System.GetTimestamp();
        while (cluster.Written.Count < expected.Length && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(1, CancellationToken.None);
        }

        for (int shard = 0; shard < @case.Shards; shard++)
        {
            await jobs[shard].StopAsync();
        }

        jobs.ForEach(static job => job.Cancel());
        foreach (Job job in jobs)
        {
            await job.DisposeAsync();
        }

        cluster.Written.Order(StringComparer.Ordinal).Should().Equal(expected);
    }

    private static Task<Job> StartAsync(Topology topology, MemoryCluster cluster, ShardCase @case, int shard) => topology.StartShardAsync(
        new JobOptions { Lanes = 1, EpochInterval = TimeSpan.FromMilliseconds(shard % 2 == 0 ? 1 : @case.EpochMilliseconds), BatchSize = @case.BatchSize }, new MemoryShard(cluster, shard), CancellationToken.None);
}
