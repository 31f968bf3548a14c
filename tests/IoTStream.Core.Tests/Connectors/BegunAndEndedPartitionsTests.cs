using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Connectors;

/// <summary>Partitions that a reader is given, and that are taken from it, while the job runs.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class BegunAndEndedPartitionsTests
{
    private static readonly SourcePartition Later = new("source", 1, "later");

    [Test]
    public async Task Event_time_does_not_wait_for_a_partition_that_has_ended([Values] bool ends)
    {
        IReadOnlyList<string> windows = await RunAsync(
            static batch => batch.Add(1),
            static batch => AddLater(batch, 1),
            batch =>
            {
                batch.Add(2);
                if (ends)
                {
                    batch.EndPartition(batch.Partition);
                }
            },
            static batch => AddLater(batch, 25));

        windows.Should().Equal(ends ? ["00:00 3"] : [], "the first partition has got to 2 seconds");
    }

    [Test]
    public async Task Event_time_waits_for_a_partition_that_has_begun([Values] bool begins)
    {
        IReadOnlyList<string> windows = await RunAsync(
            batch =>
            {
                if (begins)
                {
                    batch.BeginPartition(Later);
                }
            },
            static batch => batch.Add(1),
            static batch => batch.Add(25),
            static batch => AddLater(batch, 2));

        windows.Should().Equal(begins ? [] : ["00:00 1"], "the record of the other partition is late only if nobody knew of it");
    }

    private static void AddLater(SourceBatch<int> batch, int second)
    {
        batch.Partition = Later;
        batch.Add(second);
    }

    /// <summary>The windows of ten seconds that close while the job runs: when each begins, and how many records it has.</summary>
    private static async Task<IReadOnlyList<string>> RunAsync(params Action<SourceBatch<int>>[] reads)
    {
        List<string> windows = [];
        var done = new TaskCompletionSource();
        SourcePartition? first = null;
        var source = new ScriptedSource<int>(1, (batch, _, call) =>
        {
            if (call == reads.Length)
            {
                done.SetResult();
                return ReadStatus.Drained;
            }

            batch.Partition = first ??= batch.Partition;
            reads[call](batch);
            return ReadStatus.More;
        });
        var builder = new TopologyBuilder("partitions");
        builder.From("source", source)
            .WithEventTime(static second => DateTimeOffset.UnixEpoch.AddSeconds(second), Watermarks.Monotonous())
            .KeyBy(static _ => 0)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<int>())
            .ForEach("collect", result => windows.Add($"{result.Window.Start:mm:ss} {result.Value}"));
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await job.StopAsync();
        return windows;
    }
}
