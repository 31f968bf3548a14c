using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
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
            .. results.Values.Select(result =>
                $"[{(result.Window.Start - Start).TotalSeconds}, {(result.Window.End - Start).TotalSeconds}): {result.Value} {result.Timing} {result.Pane}"),
            .. late > 0 ? [$"late {late}"] : Array.Empty<string>(),
        ];
    }
}
