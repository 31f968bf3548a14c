using System.Globalization;
using IoTStream.Dsl;
using IoTStream.Operators;

namespace IoTStream.Simulation.Jobs;

/// <summary>Aggregations of all kinds, several in one, whose results say all that there is to say.</summary>
internal static class Aggregations
{
    private static readonly Aggregation<Reading, string>[] Any =
    [
        Aggregates.Combine(
            Aggregates.Count<Reading>(),
            Aggregates.Sum<Reading>(reading => reading.Value),
            (count, sum) => Text($"{count}, {sum}")),
        Aggregates.Combine(
            Aggregates.Min<Reading>(reading => reading.Value),
            Aggregates.Max<Reading>(reading => reading.Value),
            Aggregates.Mean<Reading>(reading => reading.Value),
            Aggregates.StandardDeviation<Reading>(reading => reading.Value),
            (least, most, mean, deviation) => Text($"{least} to {most}, {Rounded(mean)} ± {Rounded(deviation)}")),
        Aggregates.Combine(
            Aggregates.Percentile<Reading>(reading => reading.Value, 90),
            Aggregates.DistinctCount<Reading, int>(reading => reading.Value),
            Aggregates.Histogram<Reading>(reading => reading.Value, [5, 10]),
            (percentile, distinct, histogram) => Text($"{Rounded(percentile)}, {distinct}, {string.Join('|', histogram.Counts)}")),
        Aggregates.Combine(
            Aggregates.MostFrequent<Reading, int>(reading => reading.Value, 20),
            Aggregates.Top<Reading>(reading => reading.Value, 3),
            (frequent, top) => Text($"{Sorted(frequent.Select(item => item.ToString()))}, {Sorted(top.Select(reading => Text($"{reading.Value}")))}")),
        Aggregates.Combine(
            Aggregates.Collect<Reading>(),
            Aggregates.Trend<Reading>(reading => reading.Value),
            (all, trend) => Text($"{Sorted(all.Select(reading => reading.ToString()))} {Rounded(trend.SlopePerSecond)}")),
    ];

    private static readonly Aggregation<Reading, string>[] Ordered =
    [
        Aggregates.Combine(
            Aggregates.First<Reading>(),
            Aggregates.Last<Reading>(),
            Aggregates.TimeWeightedAverage<Reading>(reading => reading.Value),
            Aggregates.Increase<Reading>(reading => reading.Value),
            (first, last, average, increase) => Text($"{first} - {last}, {Rounded(average)}, {Rounded(increase)}")),
        Aggregates.Combine(
            Aggregates.Collect<Reading, int>(reading => reading.Number),
            Aggregates.Integral<Reading>(reading => reading.Value),
            Aggregates.Rate<Reading>(reading => reading.Number),
            (numbers, integral, rate) => Text($"{string.Join(' ', numbers)}, {Rounded(integral)}, {Rounded(rate)}")),
    ];

    private static readonly Aggregation<Reading, string>[] NotMergeable =
    [
        Aggregates.From<Reading, List<int>, string>(() => [], Added, numbers => string.Join(' ', numbers)),
    ];

    /// <summary>Draws one.</summary>
    /// <param name="random">From this.</param>
    /// <param name="isMergeable">Whether it has to be one that can be merged.</param>
    /// <param name="isOrdered">Whether it may depend on the order of the records.</param>
    public static Aggregation<Reading, string> Draw(Random random, bool isMergeable, bool isOrdered)
    {
        Aggregation<Reading, string>[] choices = (isOrdered, isMergeable) switch
        {
            (false, _) => Any,
            (true, true) => [.. Any, .. Ordered],
            (true, false) => [.. Any, .. Ordered, .. NotMergeable],
        };
        return choices[random.Next(choices.Length)];
    }

    private static List<int> Added(List<int> numbers, Reading reading)
    {
        numbers.Add(reading.Number);
        return numbers;
    }

    private static string Sorted(IEnumerable<string> texts) => string.Join(' ', texts.Order(StringComparer.Ordinal));

    /// <summary>Thousandths, without what depends on the order of additions; cut off where no fraction of small numbers lies.</summary>
    private static double Rounded(double value) => Math.Floor((value * 1000) + 0.2718281);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
