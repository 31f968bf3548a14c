using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// How records are condensed into one value. Implement it as a <c>struct</c> without state: the calls are then inlined into the
/// window's loop.
/// </summary>
/// <remarks>One instance serves all lanes at once, so it must be thread-safe; the accumulators are each used by one lane at a time.</remarks>
/// <typeparam name="TIn">The type of the records.</typeparam>
/// <typeparam name="TAccumulator">What is kept for a key and window; best a struct.</typeparam>
/// <typeparam name="TOut">The type of the result.</typeparam>
public interface IAggregate<TIn, TAccumulator, out TOut>
{
    /// <summary>An accumulator that has seen nothing.</summary>
    TAccumulator Create();

    /// <summary>Takes a record into an accumulator.</summary>
    /// <param name="accumulator">The accumulator, changed in place.</param>
    /// <param name="value">The record.</param>
    /// <param name="context">What is known of the record besides its value.</param>
    void Add(ref TAccumulator accumulator, TIn value, RecordContext context);

    /// <summary>The result of an accumulator that has seen at least one record. It goes on being used, so it is left as it is.</summary>
    /// <param name="accumulator">The accumulator.</param>
    TOut GetResult(in TAccumulator accumulator);
}

/// <summary>
/// An aggregate whose accumulators can be merged. Sliding windows then fold each record once, whatever the number of windows that overlap
/// there; without it they fold it into every one of them.
/// </summary>
/// <typeparam name="TIn">The type of the records.</typeparam>
/// <typeparam name="TAccumulator">What is kept for a key and window; best a struct.</typeparam>
/// <typeparam name="TOut">The type of the result.</typeparam>
public interface IMergeableAggregate<TIn, TAccumulator, out TOut> : IAggregate<TIn, TAccumulator, TOut>
{
    /// <summary>Takes what another accumulator has seen into one, as if it had seen it itself. Records may be seen in any order.</summary>
    /// <param name="accumulator">The accumulator, changed in place.</param>
    /// <param name="other">The other one, which stays as it is.</param>
    void Merge(ref TAccumulator accumulator, in TAccumulator other);
}

/// <summary>
/// A mergeable aggregate from which what was merged can be taken away again: <see cref="Subtract"/> gives back exactly what was there before, whatever
/// has been merged or subtracted in between. Sliding windows then keep one total a key and subtract the slices that leave.
/// </summary>
/// <remarks>
/// Sums of floating-point numbers are not of this kind: what rounding took away does not come back, and nothing can be subtracted from
/// infinity.
/// </remarks>
/// <typeparam name="TIn">The type of the records.</typeparam>
/// <typeparam name="TAccumulator">What is kept for a key and window; best a struct.</typeparam>
/// <typeparam name="TOut">The type of the result.</typeparam>
public interface IInvertibleAggregate<TIn, TAccumulator, out TOut> : IMergeableAggregate<TIn, TAccumulator, TOut>
{
    /// <summary>Takes what another accumulator has seen out of one that it was merged into.</summary>
    /// <param name="accumulator">The accumulator, changed in place.</param>
    /// <param name="other">The other one, which stays as it is.</param>
    void Subtract(ref TAccumulator accumulator, in TAccumulator other);
}
