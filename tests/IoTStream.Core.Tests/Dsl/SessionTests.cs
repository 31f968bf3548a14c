using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class SessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task A_silence_as_long_as_the_gap_ends_a_session_and_a_shorter_one_does_not() =>
        (await CountAsync(AllowedLateness.None, 0, 9, 18, 28, 100)).Should().Equal(
            "[0, 28): 3 OnTime 0", "[28, 38): 1 OnTime 0", "[100, 110): 1 OnTime 0");

    [Test]
    public async Task A_record_between_two_sessions_makes_them_one() =>
        (await CountAsync(AllowedLateness.None, TimeSpan.FromSeconds(20), 0, 16, 8, 100)).Should().Equal("[0, 26): 3 OnTime 0", "[100, 110): 1 OnTime 0");

    [Test]
    public async Task A_late_record_that_joins_a_session_which_goes_on_is_not_late() =>
        (await CountAsync(AllowedLateness.None, 0, 9, 5)).Should().Equal("[0, 19): 3 OnTime 0");

    [Test]
    public async Task A_late_record_brings_a_session_that_has_fired_together_with_an_open_one() =>
        (await CountAsync(AllowedLateness.Of(TimeSpan.FromSeconds(30)), 0, 12, 7)).Should().Equal(
            "[0, 10): 1 OnTime 0", "[0, 22): 3 OnTime 1");

    [Test]
    public async Task A_late_record_within_the_allowed_lateness_fires_its_session_again() =>
        (await CountAsync(AllowedLateness.Of(TimeSpan.FromSeconds(30)), 0, 20, 3, 4)).Should().Equal(
            "[0, 10): 1 OnTime 0", "[0, 13): 2 Late 1", "[0, 14): 3 Late 2", "[20, 30): 1 OnTime 0");

    [Test]
    public async Task A_late_record_can_be_a_session_of_its_own() =>
        (await CountAsync(AllowedLateness.Of(TimeSpan.FromSeconds(30)), 20, 3)).Should().Equal("[3, 13): 1 Late 0", "[20, 30): 1 OnTime 0");

    [Test]
    public async Task A_record_that_is_later_than_allowed_is_counted() =>
        (await CountAsync(AllowedLateness.None, 20, 3)).Should().Equal("[20, 30): 1 OnTime 0", "late 1");

    [Test]
    public void Refuse_an_aggregation_that_cannot_be_merged()
    {
        WindowedStream<int, int> sessions = new TopologyBuilder("sessions").From("source", [1])
            .WithEventTime(seconds => Start.AddSeconds(seconds), Watermarks.Monotonous())
            .KeyBy(_ => 0)
            .Window(Sessions.WithGap(TimeSpan.FromSeconds(10)), AllowedLateness.None);

        Action aggregate = () => sessions.Aggregate("sum", () => 0, (sum, value) => sum + value, sum => sum);

        aggregate.Should().Throw<ArgumentException>().WithMessage("*mergeable*Aggregates.FromMergeable*");
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(400_000)]
    public void Refuse_a_gap_out_of_range(int days)
    {
        Action create = () => Sessions.WithGap(TimeSpan.FromDays(days));

        create.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public void A_session_that_others_grow_into_gives_its_early_result_when_the_first_of_them_would_have()
    {
        var source = new TestSource<int>();
        var results = new TestSink<string>();
        using TestJob job = TestJob.Start(Counted(source, results, stream => stream
            .Window(Sessions.WithGap(TimeSpan.FromSeconds(10)), AllowedLateness.None)
            .Trigger(Triggers.EarlyEvery(TimeSpan.FromMinutes(1)))));

        source.Add(20);
        job.AdvanceTime(TimeSpan.FromSeconds(30));
        source.Add(5);
        job.AdvanceTime(TimeSpan.FromSeconds(10));
        source.Add(13);
        job.AdvanceTime(TimeSpan.FromSeconds(19));
        results.TakeNew().Should().BeEmpty();

        job.AdvanceTime(TimeSpan.FromSeconds(1));
        results.TakeNew().Should().Equal("[5, 30): 3 Early 0");
        job.AdvanceTime(TimeSpan.FromHours(1));
        results.TakeNew().Should().BeEmpty("every record has been shown");
    }

    [Test]
    public void Sessions_by_device_time_are_complete_when_their_own_device_says_so()
    {
        var source = new TestSource<int>();
        var results = new TestSink<string>();
        using TestJob job = TestJob.Start(Counted(
            source,
            results,
            stream => stream.WithDeviceTime(DeviceTime.BoundedOutOfOrderness(TimeSpan.FromSeconds(20)).WithIdleTimeout(TimeSpan.FromMinutes(10)))
                .Window(Sessions.WithGap(TimeSpan.FromSeconds(10)), AllowedLateness.None)));

        source.AddRange(1000, 1016, 2000, 1008);
        job.Settle();
        results.TakeNew().Should().Equal("[1000, 1010): 1 OnTime 0", "[1016, 1026): 1 OnTime 0");

        job.AdvanceTime(TimeSpan.FromMinutes(10));
        results.TakeNew().Should().Equal("[2000, 2010): 1 OnTime 0");
    }

    [Test]
    public void A_session_that_has_become_part_of_another_holds_no_watermark()
    {
        var source = new TestSource<int>();
        var results = new TestSink<string>();
        var fleet = new TestSink<long>();
        using TestJob job = TestJob.Start(Counted(
            source,
            results,
            stream => stream.WithDeviceTime(DeviceTime.BoundedOutOfOrderness(TimeSpan.FromSeconds(20)))
                .Window(Sessions.WithGap(TimeSpan.FromSeconds(10)), AllowedLateness.None),
            fleet));

        source.AddRange(0, 16, 8, 100, 1000);
        job.Settle();

        results.Values.Should().Equal("[0, 26): 3 OnTime 0", "[100, 110): 1 OnTime 0");
        fleet.Values.Should().Equal(1, 1);
    }

    private static Topology Counted(
        TestSource<int> source, TestSink<string> results, Func<KeyedStream<int, int>, WindowedStream<int, int>> windows, TestSink<long>? fleet = null)
    {
        var builder = new TopologyBuilder("sessions");
        KeyedStream<int, int> keyed = builder.From("source", source)
            .WithEventTime(second => Start.AddSeconds(second), Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(20)))
            .KeyBy(_ => 0);
        DataStream<WindowResult<int, long>> counts = windows(keyed).Aggregate("sessions", Aggregates.Count<int>());
        counts.Select(Text).To("results", results);
        DataStream<WindowResult<int, long>> all = counts.KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
            .Aggregate("all", Aggregates.Count<WindowResult<int, long>>());
        if (fleet is null)
        {
            all.ForEach("ignored", _ => { });
        }
        else
        {
            all.Select(result => result.Value).To("fleet", fleet);
        }

        return builder.Build();
    }

    private static string Text(WindowResult<int, long> result) =>
        $"[{(result.Window.Start - Start).TotalSeconds}, {(result.Window.End - Start).TotalSeconds}): {result.Value} {result.Timing} {result.Pane}";

    private static Task<string[]> CountAsync(AllowedLateness lateness, params int[] seconds) => CountAsync(lateness, TimeSpan.Zero, seconds);

    private static async Task<string[]> CountAsync(AllowedLateness lateness, TimeSpan bound, params int[] seconds)
    {
        var results = new CollectingSink<WindowResult<int, long>>();
        var builder = new TopologyBuilder("sessions");
        builder.From("source", seconds)
            .WithEventTime(second => Start.AddSeconds(second), Watermarks.BoundedOutOfOrderness(bound))
            .KeyBy(_ => 0)
            .Window(Sessions.WithGap(TimeSpan.FromSeconds(10)), lateness)
            .Aggregate("sessions", Aggregates.Count<int>())
            .To("results", results);

        await using Job job = await builder.Build().StartAsync();
        await job.Completion;

        long late = job.GetMetrics().Of("sessions").Late;
        return
        [
            .. results.Values.Select(Text),
            .. late > 0 ? [$"late {late}"] : Array.Empty<string>(),
        ];
    }
}
