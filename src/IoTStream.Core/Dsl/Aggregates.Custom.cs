using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <content>Aggregates of the user's own.</content>
public static partial class Aggregates
{
    /// <summary>
    /// What functions say. Sliding windows cost less if accumulators can be merged.
    /// </summary>
    /// <param name="create">An accumulator that has seen nothing.</param>
    /// <param name="add">The accumulator after a record; it may be the same object, changed.</param>
    /// <param name="result">The result of an accumulator, which goes on being used.</param>
    /// <param name="merge">
    /// The first accumulator after all that the second one has seen; it may be the same object, changed. The second one stays as it is and
    /// is not to be kept. Null if accumulators cannot be merged.
    /// </param>
    /// <param name="subtract">
    /// The first accumulator without what the second one has seen, which was merged into it, exactly as if it had never been; otherwise as
    /// <paramref name="merge"/>. Null if that cannot be told, or not exactly, as of sums of floating-point numbers. Sliding windows rely on it.
    /// </param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TAccumulator">What is kept for a key and window.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <exception cref="ArgumentException">There is a function that subtracts, but none that merges.</exception>
    public static Aggregation<T, TResult> From<T, TAccumulator, TResult>(
        Func<TAccumulator> create,
        Func<TAccumulator, T, TAccumulator> add,
        Func<TAccumulator, TResult> result,
        Func<TAccumulator, TAccumulator, TAccumulator>? merge = null,
        Func<TAccumulator, TAccumulator, TAccumulator>? subtract = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(add);
        ArgumentNullException.ThrowIfNull(result);
        return (merge, subtract) switch
        {
            (null, null) => new PlainAggregation<T, TAccumulator, TResult, DelegateAggregate<T, TAccumulator, TResult>>(
                new(create, add, result), "custom"),
            (null, _) => throw new ArgumentException(
                "Only what was merged can be subtracted: give a function that merges as well.", nameof(subtract)),
            (_, null) => new MergeableAggregation<T, TAccumulator, TResult, MergeableDelegateAggregate<T, TAccumulator, TResult>>(
                new(create, add, result, merge), "custom"),
            (_, _) => new InvertibleAggregation<T, TAccumulator, TResult, InvertibleDelegateAggregate<T, TAccumulator, TResult>>(
                new(create, add, result, merge, subtract), "custom"),
        };
    }

    /// <summary>What three functions say, the second of which is given what is known of a record besides its value.</summary>
    /// <param name="create">An accumulator that has seen nothing.</param>
    /// <param name="add">The accumulator after a record; it may be the same object, changed.</param>
    /// <param name="result">The result of an accumulator.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TAccumulator">What is kept for a key and window.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
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
}
