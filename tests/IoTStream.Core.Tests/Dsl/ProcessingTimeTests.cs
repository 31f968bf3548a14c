using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class ProcessingTimeTests
{
    private static readonly TimeSpan Size = TimeSpan.FromSeconds(1);

    [Test]
    public void Windows_hold_what_was_processed_in_their_time_and_come_out_at_their_end_without_input() => Property.Holds(
        random => (
            Options: new TestJobOptions
            {
                Lanes = random.Next(1, 5),
                BatchSize = random.Next(1, 6),
                Schedule = (Schedule)random.Next(3),
                Seed = random.Next(),
            },
            Partitions: random.Next(1, 4),
            AfterExchange: random.Next(2) == 0,
            Arrivals: Enumerable.Range(0, random.Next(12)).Select(id => (Wait: random.Next(900), Partition: random.Next(4), Key: random.Next(3), Id: id)).ToArray(),
            Pause: random.Next(2500)),
        input =>
        {
            var source = new TestSource<(int Key, int Id)>(input.Partitions);
            var windows = new TestSink<(WindowResult<int, string> Result, DateTimeOffset Timestamp)>();
            var builder = new TopologyBuilder("t");
            DataStream<(int Key, int Id)> stream = builder.From("s", source);
            (input.AfterExchange ? stream.Rebalance() : stream)
                .WithProcessingTime()
                .KeyBy(record => record.Key)
                .Window(Tumbling.Of(Size), AllowedLateness.None)
                .Aggregate("window", Aggregates.From<(int Key, int Id), List<int>, string>(
                    () => [], (ids, record) => [.. ids, record.Id], ids => string.Join(' ', ids.Order())))
                .Select((result, context) => (result, context.Timestamp))
                .To("windows", windows);
            using TestJob test = TestJob.Start(builder.Build(), input.Options);
            var arrived = new List<(DateTimeOffset At, int Key, int Id)>();

            foreach ((int wait, int partition, int key, int id) in input.Arrivals)
            {
                test.AdvanceTime(TimeSpan.FromMilliseconds(wait));
                source[partition % input.Partitions].Add((key, id));
                arrived.Add((test.Clock.GetUtcNow(), key, id));
                test.Settle();
            }

            test.AdvanceTime(TimeSpan.FromMilliseconds(input.Pause));

            DateTimeOffset now = test.Clock.GetUtcNow();
            var expected = arrived
                .GroupBy(record => (record.Key, End: record.At.AddTicks(Size.Ticks - (record.At.Ticks % Size.Ticks))))
                .Where(window => window.Key.End <= now)
                .Select(window => (window.Key.Key, window.Key.End, string.Join(' ', window.Select(record => record.Id).Order())));
            windows.Values.Select(value => (value.Result.Key, value.Result.Window.End, value.Result.Value)).Should().BeEquivalentTo(expected);
            windows.Records.Should().NotContain(record => record.WrittenAt != record.Value.Result.Window.End, "that is a multiple of the resolution");
            test.GetMetrics("window").Late.Should().Be(0);

            source.End();
            test.RunToEnd();
            windows.Values.Sum(value => value.Result.Value.Split(' ').Length).Should().Be(arrived.Count, "the end of the input is the end of time");
        });

    [Test]
    public void One_branch_goes_by_event_time_and_another_by_processing_time()
    {
        var source = new TestSource<int>();
        var byEvent = new TestSink<DateTimeOffset>();
        var byClock = new TestSink<DateTimeOffset>();
        var builder = new TopologyBuilder("t");
        DataStream<int> stream = builder.From("s", source);
        Starts(stream.WithEventTime(seconds => DateTimeOffset.UnixEpoch.AddSeconds(seconds), Watermarks.Monotonous()), "event").To("event-starts", byEvent);
        Starts(stream.WithProcessingTime(), "clock").To("clock-starts", byClock);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { Lanes = 2 });
        DateTimeOffset start = test.Clock.GetUtcNow();

        source.AddRange(5, 7, 5);
        test.AdvanceTime(TimeSpan.FromSeconds(1));

        byEvent.Values.Should().Equal(DateTimeOffset.UnixEpoch.AddSeconds(5));
        byClock.Values.Should().Equal(start);

        static DataStream<DateTimeOffset> Starts(DataStream<int> stream, string name) => stream
            .KeyBy(_ => 0)
            .Window(Tumbling.Of(Size), AllowedLateness.None)
            .Aggregate(name, Aggregates.Count<int>())
            .Select(result => result.Window.Start);
    }

    [Test]
    public void Results_of_event_time_windows_can_be_counted_by_the_clock()
    {
        var source = new TestSource<int>();
        var counts = new TestSink<long>();
        var builder = new TopologyBuilder("t");
        builder.From("s", source)
            .WithEventTime(seconds => DateTimeOffset.UnixEpoch.AddSeconds(seconds), Watermarks.Monotonous())
            .KeyBy(seconds => seconds)
            .Window(Tumbling.Of(Size), AllowedLateness.None)
            .Aggregate("first", Aggregates.Count<int>())
            .WithProcessingTime(TimeSpan.FromMilliseconds(10))
            .KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromMinutes(1)), AllowedLateness.None)
            .Aggregate("second", Aggregates.Count<WindowResult<int, long>>())
            .Select(result => result.Value)
            .To("counts", counts);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { Lanes = 3 });

        source.AddRange(1, 2, 3, 4);
        test.AdvanceTime(TimeSpan.FromMinutes(2));

        counts.Values.Should().Equal(3);
    }

    [Test]
    public void A_stop_completes_no_window()
    {
        var source = new TestSource<int>();
        var counts = new TestSink<long>();
        var builder = new TopologyBuilder("t");
        builder.From("s", source).WithProcessingTime().KeyBy(_ => 0).Window(Tumbling.Of(Size), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<int>()).Select(result => result.Value).To("counts", counts);
        using TestJob test = TestJob.Start(builder.Build());
        source.Add(1);
        test.Settle();

        test.Stop(StopMode.KeepWindowsOpen);

        counts.Values.Should().BeEmpty();
    }

    [Test]
    public void A_resolution_finer_than_timers_is_refused()
    {
        DataStream<int> stream = new TopologyBuilder("t").From("s", new TestSource<int>());

        stream.Invoking(found => found.WithProcessingTime(TimeSpan.FromTicks(9_999))).Should().Throw<ArgumentOutOfRangeException>();
    }
}
