using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// A user's function as a type argument, so that an operator is written once for functions with and without a record context, and the
/// one without does not pay for it: the just-in-time compiler inlines the call.
/// </summary>
internal interface IFunction<TIn, out TOut>
{
    /// <param name="value">The record.</param>
    /// <param name="batch">The batch that holds it.</param>
    /// <param name="index">Its place in the batch.</param>
    TOut Invoke(TIn value, scoped in Batch<TIn> batch, int index);
}

internal readonly struct PlainFunction<TIn, TOut>(Func<TIn, TOut> function) : IFunction<TIn, TOut>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TOut Invoke(TIn value, scoped in Batch<TIn> batch, int index) => function(value);
}

internal readonly struct ContextFunction<TIn, TOut>(Func<TIn, RecordContext, TOut> function) : IFunction<TIn, TOut>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TOut Invoke(TIn value, scoped in Batch<TIn> batch, int index) => function(value, batch.Context(index));
}
