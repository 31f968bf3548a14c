using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Aggregates in windows: awkward values, records of the same timestamp, and wrong arguments.</summary>
[Parallelizable(ParallelScope.All)]
public class AggregateTests
{
    private static readonly double[] Awkward = [1, double.PositiveInfinity, 2, double.NaN, 3, double.NegativeInfinity, 4, double.MaxValue, 5];

    [Test]
    public async Task A_value_that_is_not_finite_is_forgotten_when_it_leaves_a_sliding_window([Values(1, 2)] int lanes)
    {
        Aggregation<double, (double, double, double)> aggregation = Aggregates.Combine(
            Aggregates.Sum<double>(value => value),
            Aggregates.Mean<double>(value => value),
            Aggregates.Trend<double>(value => value),
            (sum, mean, trend) => (sum, mean, trend.SlopePerSecond));

        (double Sum, double Mean, double Slope)[] results = await RunAsync(Awkward, size: 2, slide: 1, aggregation, lanes);

        results.Select(result => result.Sum).Should().Equal(
            1, double.PositiveInfinity, double.PositiveInfinity, double.NaN, double.NaN, double.NegativeInfinity, double.NegativeInfinity,
            double.MaxValue, double.MaxValue, 5);
        results[^1].Should().Match<(double Sum, double Mean, double Slope)>(last => last.Mean == 5 && double.IsNaN(last.Slope));
    }

    [Test]
    public async Task A_window_that_slides_over_large_values_does_not_keep_their_rounding()
    {
        double[] values = [0.1, 0.2, 1e17, -3e16, 0.3, 0.4, 0.5];

        (await RunAsync(values, size: 3, slide: 1, Aggregates.Sum<double>(value => value)))[^1].Should().Be(0.5);
        (await RunAsync(values, size: 3, slide: 1, Aggregates.Mean<double>(value => value)))[^3].Should().Be((0.3 + 0.4 + 0.5) / 3);
    }

    [Test]
    public async Task Of_records_with_the_same_timestamp_the_first_to_arrive_is_first_and_the_last_is_last()
    {
        Aggregation<double, string> aggregation = Aggregates.Combine(
            Aggregates.First<double>(),
            Aggregates.Last<double>(),
            Aggregates.Top<double>(_ => 0, 2),
            Aggregates.Collect<double>(),
            (first, last, top, all) => $"{first} {last}: {string.Join(' ', top)}: {string.Join(' ', all)}");

        string[] results = await RunAsync([3, 1, 2], size: 10, slide: 5, aggregation, timestamp: _ => 7);

        results.Should().Equal("3 2: 3 1: 3 1 2", "3 2: 3 1: 3 1 2");
    }

    [Test]
    public async Task A_value_that_cannot_be_ranked_is_an_error_of_its_record()
    {
        double[] values = [1, double.NaN, 3];

        (await RunAsync(values, 10, 10, Aggregates.Percentile<double>(value => value, 0), policy: ErrorPolicy.Skip))[0].Should().BeApproximately(1, 0.01);
        (await RunAsync(values, 10, 10, Aggregates.Top<double>(value => value, 5), policy: ErrorPolicy.Skip))[0].Should().Equal(3, 1);
        (await RunAsync(values, 10, 10, Aggregates.Histogram<double>(value => value, [2]), policy: ErrorPolicy.Skip))[0].Counts.Should().Equal(1, 1);
        (await RunAsync([1, -1, 3], 10, 10, Aggregates.Increase<double>(value => value), policy: ErrorPolicy.Skip)).Should().Equal(2);
        (await RunAsync(values, 10, 10, Aggregates.DistinctCount<double, string>(value => double.IsNaN(value) ? null! : $"{value}"), policy: ErrorPolicy.Skip))
            .Should().Equal(2);
    }

    [Test]
    public async Task A_record_that_one_of_several_aggregates_cannot_take_is_in_none_of_them([Values] bool failsFirst)
    {
        Aggregation<double, long> count = Aggregates.Count<double>();
        Aggregation<double, long> failing = Aggregates.Sum<double, long>(value => value == 2 ? throw new FormatException() : 1);
        Aggregation<double, int> objects = Aggregates.From<double, List<double>, int>(() => [], (list, value) => [.. list, value], list => list.Count);

        (await RunAsync([1, 2, 3], 10, 10, failsFirst ? Pair(failing, count) : Pair(count, failing), policy: ErrorPolicy.Skip)).Should().Equal("2 2");
        (await RunAsync([1, 2, 3], 10, 10, failsFirst ? Pair(failing, objects) : Pair(objects, failing), policy: ErrorPolicy.Skip)).Should().Equal("2 2");

        static Aggregation<double, string> Pair<TFirst, TSecond>(Aggregation<double, TFirst> first, Aggregation<double, TSecond> second) =>
            Aggregates.Combine(first, second, (a, b) => $"{a} {b}");
    }

    [Test]
    public async Task The_standard_deviation_is_the_root_of_the_variance()
    {
        double[] values = [2, 4, 4, 4, 5, 5, 7, 9];

        (await RunAsync(values, 10, 10, Aggregates.StandardDeviation<double>(value => value))).Should().Equal(2);
        (await RunAsync(values, 10, 10, Aggregates.SampleStandardDeviation<double>(value => value)))[0].Should().BeApproximately(Math.Sqrt(32.0 / 7), 1e-12);
    }

    [Test]
    public async Task Many_distinct_items_are_counted_within_three_standard_errors([Values(1_000, 20_000)] int items, [Values(10, 12, 14)] int precision)
    {
        double[] values = [.. Enumerable.Range(0, items).SelectMany(item => new double[] { item, item })];

        long[] results = await RunAsync(values, 1, 1, Aggregates.DistinctCount<double, int>(value => (int)value, precision), timestamp: _ => 0);

        ((double)results[0]).Should().BeApproximately(items, 3 * 1.04 / Math.Sqrt(1 << precision) * items);
    }

    [Test]
    public async Task Percentiles_keep_their_bound_from_the_least_to_the_greatest_number()
    {
        double[] values = [double.MinValue, -1, -3e-308, -1e-320, 0, 3e-308, 1e-5, 1, 1.5, 2, double.MaxValue];
        double[] all = [.. Enumerable.Range(0, values.Length).Select(index => index * 10.0)];

        IReadOnlyList<double> results = (await RunAsync(values, 100, 100, Aggregates.Percentiles<double>(value => value, all)))[0];

        for (int i = 0; i < values.Length; i++)
        {
            results[i].Should().BeApproximately(values[i], Math.Max(2.3e-308, Math.Abs(values[i]) * 0.01));
        }
    }

    [Test]
    public void Wrong_arguments_are_refused_at_once()
    {
        Action[] wrong =
        [
            () => Aggregates.Percentile<double>(value => value, 101),
            () => Aggregates.Percentile<double>(value => value, double.NaN),
            () => Aggregates.Percentile<double>(value => value, 50, relativeError: 0),
            () => Aggregates.Percentiles<double>(value => value, []),
            () => Aggregates.Histogram<double>(value => value, []),
            () => Aggregates.Histogram<double>(value => value, [1, 1]),
            () => Aggregates.Top<double>(value => value, 0),
            () => Aggregates.MostFrequent<double, int>(value => (int)value, 11, counters: 10),
            () => Aggregates.DistinctCount<double, int>(value => (int)value, precision: 3),
            () => Aggregates.DistinctCount<double, double>(value => value),
            () => Aggregates.Integral<double>(value => value, TimeSpan.Zero),
            () => Aggregates.From<double, long, long>(() => 0, (sum, _) => sum, sum => sum, subtract: (sum, _) => sum),
            () => Aggregates.Mean<double>(null!),
        ];

        wrong.Should().AllSatisfy(call => call.Should().Throw<ArgumentException>());
    }

    private static async Task<TResult[]> RunAsync<TResult>(
        double[] values,
        int size,
        int slide,
        Aggregation<double, TResult> aggregation,
        int lanes = 1,
        Func<int, long>? timestamp = null,
        ErrorPolicy policy = ErrorPolicy.Fail)
    {
        var sink = new CollectingSink<WindowResult<int, TResult>>();
        var builder = new TopologyBuilder("t");
        (double Value, int Index)[] records = [.. values.Select((value, index) => (value, index))];
        builder.From("s", new ArraySource<(double Value, int Index)>(records))
            .WithEventTime(record => new DateTimeOffset(1000 + (timestamp?.Invoke(record.Index) ?? record.Index), TimeSpan.Zero), Watermarks.Monotonous())
            .Select(record => record.Value)
            .KeyBy(_ => 1)
            .Window(Sliding.Of(TimeSpan.FromTicks(size), TimeSpan.FromTicks(slide)), AllowedLateness.None)
            .Aggregate("w", aggregation, policy)
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = lanes });

        return [.. sink.Values.OrderBy(result => result.Window.Start).Select(result => result.Value)];
    }
}
