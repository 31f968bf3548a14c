using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>What a sliding window forgets of the slices that have left it.</summary>
[Parallelizable(ParallelScope.All)]
public class SlidingTotalTests
{
    private const int Size = 7;

    [Test]
    public async Task A_value_leaves_no_trace_in_floating_point_totals_when_it_leaves_the_window(
        [Values(double.NaN, double.PositiveInfinity, 1e300, -1e17)] double glitch)
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i % 40 == 20 ? glitch : 0.1)];
        var sink = new CollectingSink<WindowResult<int, double>>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<int>([.. Enumerable.Range(0, values.Length)]))
            .WithEventTime(i => new DateTimeOffset(i, TimeSpan.Zero), Watermarks.Monotonous())
            .KeyBy(_ => 1)
            .Window(Sliding.Of(TimeSpan.FromTicks(Size), TimeSpan.FromTicks(1)), AllowedLateness.None)
            .Aggregate("sum", Aggregates.Sum<int>(i => values[i]))
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        foreach (WindowResult<int, double> result in sink.Values.Where(result => result.Window.Start.UtcTicks is > 20 and <= 60 - Size))
        {
            result.Value.Should().BeApproximately(0.1 * Size, 1e-12, "the values of {0} are all 0.1", result.Window);
        }
    }

    [Test]
    public async Task Windows_without_records_take_no_time()
    {
        var sink = new CollectingSink<WindowResult<int, long>>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new[] { DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(7000) })
            .WithEventTime(instant => instant, Watermarks.Monotonous())
            .KeyBy(_ => 1)
            .Window(Sliding.Of(TimeSpan.FromTicks(100), TimeSpan.FromTicks(1)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<DateTimeOffset>())
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        sink.Values.Should().HaveCount(300).And.OnlyContain(result => result.Value == 1);
    }

    [Test]
    public async Task Keys_that_come_and_go_have_results_only_in_windows_that_hold_them()
    {
        const int Records = 5000;
        var sink = new CollectingSink<WindowResult<int, long>>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<int>([.. Enumerable.Range(0, Records)]))
            .WithEventTime(i => new DateTimeOffset(i, TimeSpan.Zero), Watermarks.Monotonous())
            .KeyBy(i => i)
            .Window(Sliding.Of(TimeSpan.FromTicks(Size), TimeSpan.FromTicks(1)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<int>())
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        sink.Values.GroupBy(result => result.Key).Should().HaveCount(Records).And.OnlyContain(results =>
            results.Count() == Size && results.All(result => result.Value == 1 && result.Window.Start.UtcTicks <= results.Key && result.Window.End.UtcTicks > results.Key));
    }

    [Test]
    public async Task What_a_late_record_did_before_it_failed_leaves_with_its_slice()
    {
        // At 21 and 22 late ones come, the last of which fails in the middle.
        (long Time, int Number)[] records = [.. Enumerable.Range(0, 23).Select(i => ((long)i, 1)), (20, 1), (20, -1000), .. Enumerable.Range(23, 40).Select(i => ((long)i, 1))];
        var sink = new CollectingSink<WindowResult<int, int>>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<(long Time, int Number)>(records))
            .WithEventTime(record => new DateTimeOffset(record.Time, TimeSpan.Zero), Watermarks.Monotonous())
            .KeyBy(_ => 1)
            .Window(Sliding.Of(TimeSpan.FromTicks(Size), TimeSpan.FromTicks(1)), AllowedLateness.Of(TimeSpan.FromTicks(10)))
            .Aggregate("sum", Aggregates.FromInvertible<(long Time, int Number), int, int, HastySum>(), ErrorPolicy.Skip)
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = 1, BatchSize = 1 });

        sink.Values.Where(result => result.Window.Start.UtcTicks is > 20 and < 50).Should().HaveCount(29).And.OnlyContain(result => result.Value == Size);
    }

    /// <summary>A sum that looks at a number only when it has added it.</summary>
    private readonly struct HastySum : IInvertibleAggregate<(long Time, int Number), int, int>
    {
        public int Create() => 0;

        public void Add(ref int accumulator, (long Time, int Number) value, RecordContext context)
        {
            accumulator += value.Number;
            ArgumentOutOfRangeException.ThrowIfNegative(value.Number, nameof(value));
        }

        public void Merge(ref int accumulator, in int other) => accumulator += other;

        public void Subtract(ref int accumulator, in int other) => accumulator -= other;

        public int GetResult(in int accumulator) => accumulator;
    }
}
