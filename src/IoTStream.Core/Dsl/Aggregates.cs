using System.Numerics;
using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>What can be known of the records of a window.</summary>
public static class Aggregates
{
    /// <summary>How many there are.</summary>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, long> Count<T>() => new InvertibleAggregation<T, long, long, CountAggregate<T>>(default, "count");

    /// <summary>The sum of a value. Floating-point numbers are added in the order in which they arrive.</summary>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static Aggregation<T, double> Sum<T>(Func<T, double> value) => Sum<T, double>(value);

    /// <inheritdoc cref="Sum{T}(Func{T, double})"/>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TNumber">The type of the value; integers wrap around on overflow.</typeparam>
    public static Aggregation<T, TNumber> Sum<T, TNumber>(Func<T, TNumber> value)
        where TNumber : struct, INumber<TNumber> =>
        new InvertibleAggregation<T, TNumber, TNumber, SumAggregate<T, TNumber>>(new(NotNull(value)), "sum");

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
        new InvertibleAggregation<T, MeanAccumulator, double, MeanAggregate<T>>(new(NotNull(value)), "mean");

    /// <summary>What three functions say. Sliding windows cost less with an aggregate that can be merged: see <see cref="FromMergeable"/>.</summary>
    /// <param name="create">An accumulator that has seen nothing.</param>
    /// <param name="add">The accumulator after a record; it may be the same object, changed.</param>
    /// <param name="result">The result of an accumulator.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TAccumulator">What is kept for a key and window.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    public static Aggregation<T, TResult> From<T, TAccumulator, TResult>(
        Func<TAccumulator> create, Func<TAccumulator, T, TAccumulator> add, Func<TAccumulator, TResult> result) =>
        new PlainAggregation<T, TAccumulator, TResult, DelegateAggregate<T, TAccumulator, TResult>>(
            new(NotNull(create), NotNull(add), NotNull(result)), "custom");

    /// <inheritdoc cref="From{T, TAccumulator, TResult}(Func{TAccumulator}, Func{TAccumulator, T, TAccumulator}, Func{TAccumulator, TResult})"/>
    public static Aggregation<T, TResult> From<T, TAccumulator, TResult>(
        Func<TAccumulator> create, Func<TAccumulator, T, RecordContext, TAccumulator> add, Func<TAccumulator, TResult> result) =>
        new PlainAggregation<T, TAccumulator, TResult, ContextDelegateAggregate<T, TAccumulator, TResult>>(
            new(NotNull(create), NotNull(add), NotNull(result)), "custom");

    /// <summary>An aggregate of the user's own, as a struct.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TAccumulator">What is kept for a key and window.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <typeparam name="TAggregate">The type of the aggregate.</typeparam>
    public static Aggregation<T, TResult> From<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate = default)
        where TAggregate : struct, IAggregate<T, TAccumulator, TResult> =>
        new PlainAggregation<T, TAccumulator, TResult, TAggregate>(aggregate, typeof(TAggregate).Name);

    /// <summary>An aggregate of the user's own that can be merged, as a struct.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TAccumulator">What is kept for a key and window.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <typeparam name="TAggregate">The type of the aggregate.</typeparam>
    public static Aggregation<T, TResult> FromMergeable<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate = default)
        where TAggregate : struct, IMergeableAggregate<T, TAccumulator, TResult> =>
        new MergeableAggregation<T, TAccumulator, TResult, TAggregate>(aggregate, typeof(TAggregate).Name);

    /// <summary>An aggregate of the user's own that can be merged and from which what was merged can be subtracted, as a struct.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TAccumulator">What is kept for a key and window.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <typeparam name="TAggregate">The type of the aggregate.</typeparam>
    public static Aggregation<T, TResult> FromInvertible<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate = default)
        where TAggregate : struct, IInvertibleAggregate<T, TAccumulator, TResult> =>
        new InvertibleAggregation<T, TAccumulator, TResult, TAggregate>(aggregate, typeof(TAggregate).Name);

    private static TFunction NotNull<TFunction>(TFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return function;
    }
}
