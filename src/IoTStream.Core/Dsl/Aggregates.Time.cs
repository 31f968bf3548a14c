using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Dsl;

/// <content>What depends on when the records were.</content>
public static partial class Aggregates
{
    /// <summary>The first record by event time; of several with the same timestamp the one that arrived first.</summary>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, T> First<T>() => First<T, T>(static record => record);

    /// <summary>The value of the first record by event time; of several with the same timestamp that of the one that arrived first.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public static Aggregation<T, TValue> First<T, TValue>(Func<T, TValue> value) =>
        new MergeableAggregation<T, Edge<TValue>, TValue, FirstAggregate<T, TValue>>(new(NotNull(value)), "first");

    /// <summary>The last record by event time; of several with the same timestamp the one that arrived last.</summary>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, T> Last<T>() => Last<T, T>(static record => record);

    /// <summary>The value of the last record by event time; of several with the same timestamp that of the one that arrived last.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public static Aggregation<T, TValue> Last<T, TValue>(Func<T, TValue> value) =>
        new MergeableAggregation<T, Edge<TValue>, TValue, LastAggregate<T, TValue>>(new(NotNull(value)), "last");

    /// <summary>
    /// The average of a value that holds until the next record, weighed by the time it holds, from the first to the last record of the
    /// window. <see cref="TimeWeighted"/> tells more: the average up to the end of the window.
    /// </summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> TimeWeightedAverage<T>(Func<T, double> value) =>
        OfSeries(value, static samples => Series.Weigh(samples).Average, "time-weighted average");

    /// <summary>What is known of a value that holds until the next record; see there.</summary>
    /// <remarks>Keeps the samples of the window, 16 bytes each, for a straggler changes how long those around it held.</remarks>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, TimeWeighted> TimeWeighted<T>(Func<T, double> value) => OfSeries(value, Series.Weigh, "time-weighted");

    /// <summary>
    /// The integral of a value over time, from the first to the last record of the window, as if it went straight from record to record
    /// (the trapezoidal rule): from power to energy.
    /// </summary>
    /// <remarks>
    /// Keeps the samples of the window, 16 bytes each. What lies between the last record of a window and the first of the next one is in
    /// neither of them.
    /// </remarks>
    /// <param name="value">The value of a record.</param>
    /// <param name="unit">The unit of time, a second if not given: with a value in kW and hours the integral is in kWh.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The unit is not positive.</exception>
    public static Aggregation<T, double> Integral<T>(Func<T, double> value, TimeSpan? unit = null)
    {
        double ticks = TicksOf(unit);
        return OfSeries(value, samples => Series.Integrate(samples) / ticks, "integral");
    }

    /// <summary>
    /// By how much a counter grew from the first to the last record of the window. If a value is less than the one before, the counter is
    /// taken to have begun again at zero, and the whole value counts.
    /// </summary>
    /// <remarks>
    /// Exact over the records, nothing is extrapolated. Keeps the samples of the window, 16 bytes each. What the counter grew by between the
    /// last record of a window and the first of the next one is in neither of them. A negative value is an error of its record.
    /// </remarks>
    /// <param name="counter">The value of the counter in a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> Increase<T>(Func<T, double> counter) =>
        OfSeries(CounterOf(counter), Series.Increase, "increase");

    /// <summary>
    /// How fast a counter grew: <see cref="Increase"/> by the time from the first to the last record of the window. Not a number if that is
    /// no time.
    /// </summary>
    /// <param name="counter">The value of the counter in a record.</param>
    /// <param name="unit">The unit of time, a second if not given.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The unit is not positive.</exception>
    public static Aggregation<T, double> Rate<T>(Func<T, double> counter, TimeSpan? unit = null)
    {
        double ticks = TicksOf(unit);
        return OfSeries(
            CounterOf(counter),
            samples => Series.Duration(samples) is var duration and > 0 ? Series.Increase(samples) / (duration / ticks) : double.NaN,
            "rate");
    }

    /// <summary>The straight line that fits a value over event time best, by least squares.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, LinearTrend> Trend<T>(Func<T, double> value) =>
        new MergeableAggregation<T, TrendMoments, LinearTrend, TrendAggregate<T>>(new(NotNull(value)), "trend");

    private static InvertibleAggregation<T, TimedList<double>, TResult, TimedListAggregate<T, double, TResult>> OfSeries<T, TResult>(
        Func<T, double> value, Func<TimedList<double>, TResult> result, string description) =>
        new(new(NotNull(value), result), description);

    private static Func<T, double> CounterOf<T>(Func<T, double> counter)
    {
        ArgumentNullException.ThrowIfNull(counter);
        return record => Series.Counter(counter(record));
    }

    private static double TicksOf(TimeSpan? unit)
    {
        TimeSpan time = unit ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(unit));
        return time.Ticks;
    }
}
