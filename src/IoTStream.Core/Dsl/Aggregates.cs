using System.Numerics;
using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>What can be known of the records of a window.</summary>
/// <remarks>
/// What a function given here throws concerns the record it was given, which is dealt with as the step's error policy says; the record is
/// in no result then. In sums, means and all else that is calculated, a value that is not a number makes the result not a number. Where
/// values are ordered or sorted into bins it has no place: what happens then is said there.
/// </remarks>
public static partial class Aggregates
{
    /// <summary>How many there are.</summary>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, long> Count<T>() => new InvertibleAggregation<T, long, long, CountAggregate<T>>(default, "count");

    /// <summary>
    /// The sum of a value. Floating-point numbers are added in the order in which they arrive; windows that slide do not drift away from
    /// the sum.
    /// </summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> Sum<T>(Func<T, double> value) => Sum<T, double>(value);

    /// <inheritdoc cref="Sum{T}(Func{T, double})"/>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TNumber">The type of the value; integers wrap around on overflow.</typeparam>
    public static Aggregation<T, TNumber> Sum<T, TNumber>(Func<T, TNumber> value)
        where TNumber : struct, INumber<TNumber>
    {
        ArgumentNullException.ThrowIfNull(value);
        return IsExact<TNumber>()
            ? new InvertibleAggregation<T, TNumber, TNumber, ExactSumAggregate<T, TNumber>>(new(value), "sum")
            : new MergeableAggregation<T, TNumber, TNumber, SumAggregate<T, TNumber>>(new(value), "sum");
    }

    /// <summary>The least value. Values that are not a number count only if there are no others.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> Min<T>(Func<T, double> value) => Min<T, double>(value);

    /// <inheritdoc cref="Min{T}(Func{T, double})"/>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TNumber">The type of the value.</typeparam>
    public static Aggregation<T, TNumber> Min<T, TNumber>(Func<T, TNumber> value)
        where TNumber : struct, INumber<TNumber> =>
        new MergeableAggregation<T, Extreme<TNumber>, TNumber, MinAggregate<T, TNumber>>(new(NotNull(value)), "min");

    /// <summary>The greatest value. Values that are not a number count only if there are no others.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> Max<T>(Func<T, double> value) => Max<T, double>(value);

    /// <inheritdoc cref="Max{T}(Func{T, double})"/>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TNumber">The type of the value.</typeparam>
    public static Aggregation<T, TNumber> Max<T, TNumber>(Func<T, TNumber> value)
        where TNumber : struct, INumber<TNumber> =>
        new MergeableAggregation<T, Extreme<TNumber>, TNumber, MaxAggregate<T, TNumber>>(new(NotNull(value)), "max");

    /// <summary>The arithmetic mean of a value.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> Mean<T>(Func<T, double> value) =>
        new MergeableAggregation<T, MeanAccumulator, double, MeanAggregate<T>>(new(NotNull(value)), "mean");

    /// <summary>
    /// The variance of a value: the mean squared distance from the mean. Computed so that it is right for values that are large and close
    /// to each other.
    /// </summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> Variance<T>(Func<T, double> value) =>
        OfMoments(value, static moments => moments.Variance, "variance");

    /// <summary>
    /// The variance of all from which the records are a sample: squared distances from the mean divided by one less than there are records.
    /// Not a number if there is only one.
    /// </summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> SampleVariance<T>(Func<T, double> value) =>
        OfMoments(value, static moments => moments.SampleVariance, "sample variance");

    /// <summary>The standard deviation of a value: the root of <see cref="Variance"/>.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> StandardDeviation<T>(Func<T, double> value) =>
        OfMoments(value, static moments => Math.Sqrt(moments.Variance), "standard deviation");

    /// <summary>The standard deviation of all from which the records are a sample: the root of <see cref="SampleVariance"/>.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> SampleStandardDeviation<T>(Func<T, double> value) =>
        OfMoments(value, static moments => Math.Sqrt(moments.SampleVariance), "sample standard deviation");

    private static MergeableAggregation<T, Moments, double, MomentsAggregate<T>> OfMoments<T>(
        Func<T, double> value, Func<Moments, double> result, string description) =>
        new(new(NotNull(value), result), description);

    /// <summary>Whether subtracting gives back exactly what was there before adding.</summary>
    private static bool IsExact<TNumber>() =>
        typeof(TNumber) == typeof(int) || typeof(TNumber) == typeof(long) || typeof(TNumber) == typeof(decimal)
        || typeof(TNumber) == typeof(uint) || typeof(TNumber) == typeof(ulong) || typeof(TNumber) == typeof(BigInteger)
        || typeof(TNumber) == typeof(short) || typeof(TNumber) == typeof(ushort) || typeof(TNumber) == typeof(byte)
        || typeof(TNumber) == typeof(sbyte) || typeof(TNumber) == typeof(Int128) || typeof(TNumber) == typeof(UInt128);

    private static TFunction NotNull<TFunction>(TFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return function;
    }
}
