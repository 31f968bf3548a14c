using System.Globalization;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests;

/// <summary>By what an autoscaler decides how many processes there are.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class LoadTests
{
    private const int Partitions = 4;

    [Test]
    public async Task A_source_that_has_nothing_to_do_is_not_utilized_and_needs_one_process()
    {
        using MockCluster cluster = new MockCluster(1).Topic("quiet", Partitions);
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("quiet", cluster.Options, Text.Codec), topology: "quiet");
        using var load = new LoadMeasurements("quiet");
        await Limits.UntilAsync(() => load.RecommendedParallelism == 1, "one process is recommended");
        load.Utilization.Should().BeLessThan(0.1);
    }

    [TestCase(3600, 1)]
    [TestCase(0.001, Partitions)]
    public async Task What_keeps_a_pipeline_busy_needs_as_many_processes_as_are_rid_of_it_in_time(double lagTarget, int processes)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"busy{processes}");
        using MockCluster cluster = new MockCluster(1).Topic(name, Partitions);
        await ProduceAsync(cluster, name, 4000);
        var options = new KafkaSourceOptions { LagTarget = TimeSpan.FromSeconds(lagTarget) };
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read(name, cluster.Options, Text.Codec, options), new JobOptions { Lanes = 1, BatchSize = 16 }, static _ => Thread.Sleep(1), topology: name);
        using var load = new LoadMeasurements(name);
        await Limits.UntilAsync(() => source.Records.Count > 500 && load.Utilization > 0.7, "it is busy");
        await Limits.UntilAsync(() => load.RecommendedParallelism == processes, $"{processes} are recommended");
    }

    [Test]
    public async Task A_pipeline_that_stands_still_does_not_ask_for_more_processes()
    {
        using MockCluster cluster = new MockCluster(1).Topic("still", Partitions);
        await ProduceAsync(cluster, "still", 4000);
        using var gate = new ManualResetEventSlim();
        int handled = 0;
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read("still", cluster.Options, Text.Codec, new KafkaSourceOptions { LagTarget = TimeSpan.FromMilliseconds(1) }),
            new JobOptions { Lanes = 1, BatchSize = 16 },
            _ =>
            {
                Thread.Sleep(1);
                if (Interlocked.Increment(ref handled) > 1000)
                {
                    gate.Wait();
                }
            },
            topology: "still");
        using var load = new LoadMeasurements("still");
        try
        {
            await Limits.UntilAsync(() => load.RecommendedParallelism == Partitions, "more are recommended while it is slow");
            await Limits.UntilAsync(() => load.RecommendedParallelism == 1, "no more are recommended when it has stopped");
            load.Utilization.Should().BeGreaterThan(0.7);
        }
        finally
        {
            gate.Set();
        }
    }

    [Test]
    public async Task A_member_of_a_group_reckons_with_the_partitions_of_the_others()
    {
        using MockCluster cluster = new MockCluster(1).Topic("shared", Partitions);
        await ProduceAsync(cluster, "shared", 20_000);
        var options = new KafkaSourceOptions
        {
            Group = new KafkaGroup("group") { SharesPartitions = true, SessionTimeout = TimeSpan.FromSeconds(6), HandOverTimeout = TimeSpan.FromMilliseconds(200) },
            LagTarget = TimeSpan.FromMilliseconds(1),
        };
        using var load = new LoadMeasurements("first");
        await using RunningSource<string> first = await StartAsync("first");
        await Limits.UntilAsync(() => load.RecommendedParallelism == Partitions, "it has all of them");
        await using RunningSource<string> second = await StartAsync("second");
        await Limits.UntilAsync(() => second.Records.Count > 200, "the second has some of them");
        load.RecommendedParallelism.Should().Be(Partitions, "those of the second count, too");

        Task<RunningSource<string>> StartAsync(string topology) => RunningSource<string>.StartAsync(
            KafkaSource.Read("shared", cluster.Options, Text.Codec, options), new JobOptions { Lanes = 1, BatchSize = 16 }, static _ => Thread.Sleep(1), topology);
    }

    private static Task ProduceAsync(MockCluster cluster, string topic, int messages) => Task.WhenAll(Enumerable.Range(0, Partitions).Select(partition =>
        Producing.TextsAsync(cluster.BootstrapServers, topic, partition, Enumerable.Range(0, messages / Partitions).Select(static number => $"{number}"))));
}
