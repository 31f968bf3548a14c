using System.Globalization;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Dsl;

/// <content>How values and records are distributed.</content>
public static partial class Aggregates
{
    private const double LeastRelativeError = 0.0001;
    private const double MostRelativeError = 0.5;
    private const int LeastPrecision = 4;
    private const int MostPrecision = 18;

    /// <summary>
    /// A percentile of a value. Of <c>n</c> values it is the one that has <c>percentile / 100 * (n - 1)</c>, rounded down, before it
    /// in ascending order, off by no more than the relative error.
    /// </summary>
    /// <remarks>
    /// A DDSketch (Masson, Rim, Lee, 2019) that never joins bins, so the bound holds for all percentiles, and the result does not depend on
    /// the order of the records. Numbers closer to zero than 2.3e-308 are taken for zero. One that is not finite is an error of its
    /// record. It keeps 512 bytes for each 64 bins in use; with the default error 64 bins span a factor of about 3.6.
    /// </remarks>
    /// <param name="value">The value of a record.</param>
    /// <param name="percentile">The percentile, from 0 (the least value) to 100 (the greatest).</param>
    /// <param name="relativeError">How far off a result may be, relative to its value; 1 % if not given.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The percentile is not from 0 to 100, or the error not from 0.0001 to 0.5.</exception>
    public static Aggregation<T, double> Percentile<T>(Func<T, double> value, double percentile, double relativeError = 0.01)
    {
        LogarithmicBins bins = BinsOf(relativeError);
        CheckPercentile(percentile, nameof(percentile));
        return OfQuantiles(value, bins, sketch => ValueAt(sketch, percentile, in bins), string.Create(CultureInfo.InvariantCulture, $"percentile {percentile}"));
    }

    /// <summary>Several percentiles of a value from one sketch, in the order in which they are asked for; otherwise as <see cref="Percentile"/>.</summary>
    /// <param name="value">The value of a record.</param>
    /// <param name="percentiles">The percentiles, each from 0 to 100.</param>
    /// <param name="relativeError">How far off a result may be, relative to its value; 1 % if not given.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">There are no percentiles.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A percentile is not from 0 to 100, or the error not from 0.0001 to 0.5.</exception>
    public static Aggregation<T, IReadOnlyList<double>> Percentiles<T>(
        Func<T, double> value, IEnumerable<double> percentiles, double relativeError = 0.01)
    {
        ArgumentNullException.ThrowIfNull(percentiles);
        LogarithmicBins bins = BinsOf(relativeError);
        double[] asked = [.. percentiles];
        if (asked.Length == 0)
        {
            throw new ArgumentException("Say which percentiles are wanted.", nameof(percentiles));
        }

        foreach (double percentile in asked)
        {
            CheckPercentile(percentile, nameof(percentiles));
        }

        return OfQuantiles<T, IReadOnlyList<double>>(
            value, bins, sketch => Array.ConvertAll(asked, percentile => ValueAt(sketch, percentile, in bins)), $"{asked.Length} percentiles");
    }

    /// <summary>
    /// About how many different items there are: exactly up to an eighth of <c>2^precision</c>, give or take items that share a 32-bit hash,
    /// then with a standard error of <c>1.04 / sqrt(2^precision)</c>.
    /// </summary>
    /// <remarks>
    /// A HyperLogLog (Flajolet and others, 2007) with the estimator of Ertl (2017). The result does not depend on the order of the records.
    /// It keeps a table of hashes while there are few, then <c>2^precision</c> bytes. An item that is null is an error of its record.
    /// </remarks>
    /// <param name="item">The item of a record.</param>
    /// <param name="precision">From 4 to 18. If not given it is 12: an error of 1.6 %, in 4 KiB.</param>
    /// <param name="hash">
    /// A hash of an item, the same in every process and with all 32 bits equally distributed. Not needed for strings, integers, enums,
    /// GUIDs, times, and tuples of these.
    /// </param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TItem">The type of the item.</typeparam>
    /// <exception cref="ArgumentException">Items of this type need a hash.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not from 4 to 18.</exception>
    public static Aggregation<T, long> DistinctCount<T, TItem>(Func<T, TItem> item, int precision = 12, Func<TItem, uint>? hash = null)
        where TItem : notnull
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, LeastPrecision);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, MostPrecision);
        hash ??= StableHash.For<TItem>() ?? throw new ArgumentException(
            $"Items of type {typeof(TItem)} have no hash that is the same in every process. Give one, or count something else of the record.",
            nameof(hash));
        return new MergeableAggregation<T, DistinctSketch, long, DistinctCountAggregate<T, TItem>>(new(item, hash, precision), "distinct count");
    }

    /// <summary>The items that occur most often, with how often at least and at most, the most frequent first.</summary>
    /// <remarks>
    /// As long as there are no more than twice as many different items as counters, the counts are exact. In any case the two bounds differ by
    /// at most the number of records divided by the number of counters, and an item that occurs more often than that is not missed
    /// (Misra and Gries, 1982, whose summary holds what space-saving holds: Agarwal and others, 2012). Beyond the exact range,
    /// counts within the bounds depend on the order of the records. Ranked by the lower bound, of equal ones by the natural order of
    /// items. An item that is null is an error of its record.
    /// </remarks>
    /// <param name="item">The item of a record.</param>
    /// <param name="count">How many items are wanted.</param>
    /// <param name="counters">The number of counters, 1,000 if not given; up to twice as many are in use at times.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TItem">The type of the item.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The count is not from 1 to the number of counters.</exception>
    public static Aggregation<T, IReadOnlyList<Frequency<TItem>>> MostFrequent<T, TItem>(Func<T, TItem> item, int count, int counters = 1000)
        where TItem : notnull
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, counters);
        return new MergeableAggregation<T, FrequencySketch<TItem>, IReadOnlyList<Frequency<TItem>>, MostFrequentAggregate<T, TItem>>(
            new(item, count, counters), "most frequent");
    }

    /// <summary>
    /// The records with the greatest measures, the greatest first; of equal ones the earlier by event time comes first, then by arrival.
    /// </summary>
    /// <remarks>Exact. Keeps that many records. A measure that is not a number is an error of its record.</remarks>
    /// <param name="measure">By what records are compared; give its negative for the least ones.</param>
    /// <param name="count">How many records are wanted, at most.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public static Aggregation<T, IReadOnlyList<T>> Top<T>(Func<T, double> measure, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new MergeableAggregation<T, TopList<T>, IReadOnlyList<T>, TopAggregate<T>>(new(NotNull(measure), count), $"top {count}");
    }

    /// <summary>How many values fall between given bounds. A value that is not a number is an error of its record.</summary>
    /// <param name="value">The value of a record.</param>
    /// <param name="bounds">The bounds between the bins, ascending; there is one more bin than there are bounds.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">There are no bounds, or they do not ascend.</exception>
    public static Aggregation<T, Histogram> Histogram<T>(Func<T, double> value, IEnumerable<double> bounds)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        double[] ascending = [.. bounds];
        if (ascending.Length == 0 || double.IsNaN(ascending[0]))
        {
            throw new ArgumentException("A histogram needs bounds, which are numbers.", nameof(bounds));
        }

        for (int i = 1; i < ascending.Length; i++)
        {
            if (!(ascending[i] > ascending[i - 1]))
            {
                throw new ArgumentException(
                    $"The bounds of a histogram ascend, but {ascending[i]} comes after {ascending[i - 1]}.", nameof(bounds));
            }
        }

        return new InvertibleAggregation<T, long[], Histogram, HistogramAggregate<T>>(new(NotNull(value), ascending), "histogram");
    }

    /// <summary>All records in the order of event time, those with the same timestamp in the order of their arrival.</summary>
    /// <remarks>Keeps them all: the memory of a window grows with its records.</remarks>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, IReadOnlyList<T>> Collect<T>() => Collect<T, T>(static record => record);

    /// <summary>A value of all records in the order of event time, those with the same timestamp in the order of their arrival.</summary>
    /// <remarks>Keeps them all: the memory of a window grows with its records.</remarks>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public static Aggregation<T, IReadOnlyList<TValue>> Collect<T, TValue>(Func<T, TValue> value) =>
        new InvertibleAggregation<T, TimedList<TValue>, IReadOnlyList<TValue>, TimedListAggregate<T, TValue, IReadOnlyList<TValue>>>(
            new(NotNull(value), static values => values.Values.ToArray()), "collect");

    private static InvertibleAggregation<T, QuantileSketch, TResult, QuantileAggregate<T, TResult>> OfQuantiles<T, TResult>(
        Func<T, double> value, LogarithmicBins bins, Func<QuantileSketch, TResult> result, string description) =>
        new(new(NotNull(value), bins, result), description);

    private static double ValueAt(QuantileSketch sketch, double percentile, in LogarithmicBins bins) =>
        sketch.ValueAt((long)(percentile / 100 * (sketch.Count - 1)), in bins);

    private static LogarithmicBins BinsOf(double relativeError)
    {
        if (!(relativeError is >= LeastRelativeError and <= MostRelativeError))
        {
            throw new ArgumentOutOfRangeException(
                nameof(relativeError), relativeError, $"The relative error is from {LeastRelativeError} to {MostRelativeError}.");
        }

        return new LogarithmicBins(relativeError);
    }

    private static void CheckPercentile(double percentile, string parameter)
    {
        if (!(percentile is >= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(parameter, percentile, "A percentile is from 0 to 100.");
        }
    }
}
