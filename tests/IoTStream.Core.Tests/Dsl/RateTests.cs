using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class RateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_throttle_lets_through_what_its_definition_says() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            (int count, long interval, long bound) = (random.Next(1, 4), random.Next(1, 20), random.Next(10));
            long time = 1000;
            Reading[] readings = [.. Enumerable.Range(0, random.Next(80)).Select(id =>
                new Reading(id, random.Next(4), (time += random.Next(4)) - random.Next((int)bound + 1), 0))];
            var expected = new List<int>();
            var ends = new Dictionary<int, (long End, int Used)>();
            foreach (Reading reading in readings)
            {
                (long end, int used) = ends.GetValueOrDefault(reading.Key, (long.MinValue, 0));
                if (reading.Time >= end)
                {
                    (end, used) = (reading.Time + interval, 0);
                }

                if (used < count)
                {
                    expected.Add(reading.Id);
                }

                ends[reading.Key] = (end, used + 1);
            }

            var source = new TestSource<Reading>();
            var sink = new TestSink<Reading>();
            var rejected = new TestSink<Reading>();
            var builder = new TopologyBuilder("throttle");
            builder.From("source", source)
                .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(bound)))
                .KeyBy(reading => reading.Key)
                .Throttle("throttle", count, TimeSpan.FromTicks(interval), out DataStream<Reading> others)
                .Throttle("again", 1_000_000, TimeSpan.FromDays(1))
                .Window(Tumbling.Of(TimeSpan.FromTicks(1)), AllowedLateness.Of(TimeSpan.FromDays(1)))
                .Aggregate("each", Aggregates.Collect<Reading>())
                .SelectMany(window => window.Value)
                .To("sink", sink);
            others.To("rejected", rejected);
            using TestJob test = TestJob.Start(builder.Build(), TestJobOptions.FromSeed(seed));
            source.AddRange(readings);
            source.End();
            test.RunToEnd();

            sink.Values.Select(reading => reading.Id).Distinct().Order().Should().Equal(expected.Order());
            rejected.Values.Select(reading => reading.Id).Order().Should().Equal(readings.Select(reading => reading.Id).Except(expected));
            test.GetMetrics("throttle").Dropped.Should().Be(0);
        });

    [Test]
    public void What_a_throttle_holds_off_is_counted_as_dropped_unless_somebody_takes_it()
    {
        var sink = new TestSink<Reading>();
        using TestJob test = Run([0, 1, 2, 10], keyed =>
        {
            KeyedStream<int, Reading> throttled = keyed.Throttle("throttle", 1, TimeSpan.FromSeconds(5));
            throttled.Window(Tumbling.Of(TimeSpan.FromSeconds(1)), AllowedLateness.None).Aggregate("each", Aggregates.Last<Reading>())
                .Select(window => window.Value).To("sink", sink);
        });

        sink.Values.Select(reading => reading.Id).Should().Equal(0, 3);
        test.GetMetrics("throttle").Dropped.Should().Be(2);
    }

    [Test]
    public void A_sample_is_the_last_record_of_each_interval()
    {
        var sink = new TestSink<Reading>();
        using TestJob test = Run([0, 4, 9, 10, 31], keyed => keyed.Sample("sample", TimeSpan.FromSeconds(10), AllowedLateness.None).To("sink", sink));

        sink.Values.Select(reading => reading.Id).Should().Equal(2, 3, 4);
    }

    [Test]
    public void Debounce_gives_the_last_record_before_each_silence()
    {
        var sink = new TestSink<Reading>();
        using TestJob test = Run([0, 4, 9, 30, 32], keyed => keyed.Debounce("quiet", TimeSpan.FromSeconds(10), AllowedLateness.None).To("sink", sink));

        sink.Values.Select(reading => reading.Id).Should().Equal(2, 4);
    }

    [Test]
    public void A_throttle_without_event_time_is_refused()
    {
        var builder = new TopologyBuilder("throttle");
        builder.From("source", [1]).KeyBy(record => record).Throttle("throttle", 1, TimeSpan.FromSeconds(1), out DataStream<int> rejected);
        rejected.To("sink", new TestSink<int>());

        Action build = () => builder.Build();

        build.Should().Throw<TopologyException>().Which.Errors.Should().Contain(error => error.Code == "throttle-without-event-time");
    }

    private static TestJob Run(int[] seconds, Action<KeyedStream<int, Reading>> describe)
    {
        var source = new TestSource<Reading>();
        var builder = new TopologyBuilder("rate");
        describe(builder.From("source", source).WithEventTime(reading => reading.Timestamp, Watermarks.Monotonous()).KeyBy(reading => reading.Key));
        TestJob test = TestJob.Start(builder.Build());
        source.AddRange(seconds.Select((second, id) => new Reading(id, 0, Start.AddSeconds(second).UtcTicks, 0)));
        source.End();
        test.RunToEnd();
        return test;
    }
}
