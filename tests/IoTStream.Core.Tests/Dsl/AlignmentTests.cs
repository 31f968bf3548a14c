using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class AlignmentTests
{
    [Test]
    public void No_source_is_read_while_it_is_too_far_ahead_of_another_and_nobody_waits_for_ever() => Property.Holds(
        random => (
            Sources: Enumerable.Range(0, random.Next(2, 5)).Select(_ => Ascending(random, random.Next(1, 40))).ToArray(),
            Drift: random.Next(60),
            Options: Options(random) with { BatchSize = 1 }),
        input =>
        {
            var together = new WatermarkAlignment(TimeSpan.FromTicks(input.Drift));
            var builder = new TopologyBuilder("t");
            var passed = new List<(int Source, long Time)>();
            var counts = new TestSink<(long Start, long Count)>();
            List<DataStream<long>> streams = [];
            for (int index = 0; index < input.Sources.Length; index++)
            {
                int source = index;
                var records = new TestSource<long>();
                records.AddRange(input.Sources[index]);
                records.End();
                streams.Add(builder.From($"s{index}", records)
                    .WithEventTime(time => new DateTimeOffset(time, TimeSpan.Zero), Watermarks.Monotonous().WithAlignment(together))
                    .Select(time =>
                    {
                        passed.Add((source, time));
                        return time;
                    }));
            }

            Count(streams, counts);
            using TestJob test = TestJob.Start(builder.Build(), input.Options);

            test.RunToEnd();

            var latest = new long?[input.Sources.Length];
            var left = input.Sources.Select(times => times.Length).ToArray();
            foreach ((int source, long time) in passed)
            {
                if (latest[source] is { } before)
                {
                    for (int other = 0; other < latest.Length; other++)
                    {
                        if (other != source && left[other] > 0)
                        {
                            latest[other].Should().NotBeNull("nothing is known of source {0} yet", other);
                            (before - latest[other]!.Value).Should().BeLessThanOrEqualTo(input.Drift);
                        }
                    }
                }

                latest[source] = time;
                left[source]--;
            }

            counts.Values.Should().BeEquivalentTo(input.Sources.SelectMany(times => times).GroupBy(time => time / 10 * 10).Select(group => (group.Key, group.LongCount())));
        });

    [Test]
    public void Sources_of_several_partitions_come_to_their_end() => Property.Holds(
        random => (
            Sources: Enumerable.Range(0, random.Next(2, 4)).Select(_ => Enumerable.Range(0, random.Next(1, 4)).Select(_ => Ascending(random, random.Next(30))).ToArray()).ToArray(),
            Drift: random.Next(60),
            Bound: random.Next(20),
            Options: Options(random)),
        input =>
        {
            var together = new WatermarkAlignment(TimeSpan.FromTicks(input.Drift));
            WatermarkStrategy strategy = Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)).WithAlignment(together);
            var builder = new TopologyBuilder("t");
            var counts = new TestSink<(long Start, long Count)>();
            List<DataStream<long>> streams = [];
            foreach (long[][] partitions in input.Sources)
            {
                var records = new TestSource<long>(partitions.Length);
                for (int index = 0; index < partitions.Length; index++)
                {
                    records[index].AddRange(partitions[index]);
                }

                records.End();
                streams.Add(builder.From($"s{streams.Count}", records).WithEventTime(time => new DateTimeOffset(time, TimeSpan.Zero), strategy));
            }

            Count(streams, counts);
            using TestJob test = TestJob.Start(builder.Build(), input.Options);

            test.RunToEnd();

            counts.Values.Should().BeEquivalentTo(
                input.Sources.SelectMany(partitions => partitions).SelectMany(times => times).GroupBy(time => time / 10 * 10).Select(group => (group.Key, group.LongCount())));
        });

    [Test]
    public void An_idle_source_holds_nobody_back_also_on_the_same_lane([Values(1, 2)] int lanes)
    {
        (TestSource<long> fast, TestSource<long> silent, TestSink<long> seen, Topology topology) =
            Two(Watermarks.Monotonous().WithIdleness(TimeSpan.FromSeconds(10)), TimeSpan.FromTicks(5));
        using TestJob test = TestJob.Start(topology, new TestJobOptions { Lanes = lanes, BatchSize = 1 });
        fast.AddRange(1, 100, 200, 300);

        test.AdvanceTime(TimeSpan.FromSeconds(9));
        seen.Values.Should().Equal(1);

        test.AdvanceTime(TimeSpan.FromSeconds(2));
        seen.Values.Should().Equal(1, 100, 200, 300);

        silent.Add(299);
        fast.AddRange(310, 320);
        test.Settle();
        seen.Values.Should().Contain(299).And.NotContain(320, "the source speaks again");
    }

    [Test]
    public void An_ended_source_holds_nobody_back()
    {
        (TestSource<long> fast, TestSource<long> slow, TestSink<long> seen, Topology topology) = Two(Watermarks.Monotonous(), TimeSpan.FromTicks(5));
        using TestJob test = TestJob.Start(topology, new TestJobOptions { Lanes = 2, BatchSize = 1 });
        fast.AddRange(1, 100, 200);
        slow.Add(1);
        test.Settle();
        seen.Values.Should().BeEquivalentTo([1L, 1, 100]);

        slow.End();
        test.Settle();

        seen.Values.Should().BeEquivalentTo([1L, 1, 100, 200]);
    }

    [Test]
    public void A_source_that_is_held_back_can_be_stopped()
    {
        (TestSource<long> fast, _, TestSink<long> seen, Topology topology) = Two(Watermarks.Monotonous(), TimeSpan.FromTicks(5));
        using TestJob test = TestJob.Start(topology, new TestJobOptions { Lanes = 2, BatchSize = 1 });
        fast.AddRange(1, 100, 200);
        test.Settle();
        seen.Values.Should().Equal(1);

        test.Stop(StopMode.KeepWindowsOpen);

        test.HasEnded.Should().BeTrue();
    }

    [Test]
    public async Task Lanes_that_wait_are_woken([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var together = new WatermarkAlignment(TimeSpan.FromTicks(3));
        var builder = new TopologyBuilder("t");
        var counts = new CollectingSink<(long, long)>();
        long[][] sources = [.. Enumerable.Range(0, 4).Select(_ => Ascending(random, 2_000))];
        Count(
            [.. sources.Select((times, index) => builder.From($"s{index}", new ArraySource<long>([times], _ => random.Next(1, 5)))
                .WithEventTime(time => new DateTimeOffset(time, TimeSpan.Zero), Watermarks.Monotonous().WithAlignment(together)))],
            counts);

        await builder.Build().RunAsync(new JobOptions { Lanes = 4, BatchSize = 4 });

        counts.Values.Sum(value => value.Item2).Should().Be(8_000);
    }

    private static TestJobOptions Options(Random random) => new()
    {
        Lanes = random.Next(1, 5),
        BatchSize = random.Next(1, 8),
        ExchangeCapacity = random.Next(1, 3),
        Schedule = (Schedule)random.Next(3),
        Seed = random.Next(),
    };

    private static long[] Ascending(Random random, int count)
    {
        int pace = random.Next(1, 12);
        long time = 1000 + random.Next(50);
        return [.. Enumerable.Range(0, count).Select(_ => time += random.Next(pace))];
    }

    private static (TestSource<long> Fast, TestSource<long> Slow, TestSink<long> Seen, Topology Topology) Two(WatermarkStrategy strategy, TimeSpan drift)
    {
        WatermarkStrategy aligned = strategy.WithAlignment(new WatermarkAlignment(drift));
        (TestSource<long> fast, TestSource<long> slow, TestSink<long> seen) = (new(), new(), new() { AllowsParallelWriters = true });
        var builder = new TopologyBuilder("t");
        Timed(builder.From("fast", fast)).Union(Timed(builder.From("slow", slow))).To("seen", seen);
        return (fast, slow, seen, builder.Build());

        DataStream<long> Timed(DataStream<long> stream) => stream.WithEventTime(time => new DateTimeOffset(time, TimeSpan.Zero), aligned);
    }

    private static void Count(List<DataStream<long>> streams, IoTStream.Connectors.ISink<(long, long)> counts) => streams[0].Union([.. streams[1..]])
        .KeyBy(_ => 0)
        .Window(Tumbling.Of(TimeSpan.FromTicks(10)), AllowedLateness.None)
        .Aggregate("window", Aggregates.Count<long>())
        .Select(result => (result.Window.Start.UtcTicks, result.Value))
        .To("counts", counts);
}
