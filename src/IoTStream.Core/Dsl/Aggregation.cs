using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>How the records of a window are condensed into one value. Made by <see cref="Aggregates"/>.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
/// <typeparam name="TResult">The type of the value.</typeparam>
public abstract class Aggregation<T, TResult>
{
    private protected Aggregation(string description) => Description = description;

    internal string Description { get; }

    internal abstract Operator<T> CreateOperator<TKey>(
        KeySelector<T, TKey> key,
        WindowSettings windows,
        SideOutput<T>? late,
        Operator<WindowResult<TKey, TResult>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        where TKey : notnull;
}

internal sealed class PlainAggregation<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate, string description)
    : Aggregation<T, TResult>(description)
    where TAggregate : struct, IAggregate<T, TAccumulator, TResult>
{
    internal override Operator<T> CreateOperator<TKey>(
        KeySelector<T, TKey> key,
        WindowSettings windows,
        SideOutput<T>? late,
        Operator<WindowResult<TKey, TResult>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context) =>
        new PaneWindowOperator<TKey, T, TAccumulator, TResult, TAggregate>(key, aggregate, windows, late, next, counters, errors, context);
}

internal sealed class MergeableAggregation<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate, string description)
    : Aggregation<T, TResult>(description)
    where TAggregate : struct, IMergeableAggregate<T, TAccumulator, TResult>
{
    internal override Operator<T> CreateOperator<TKey>(
        KeySelector<T, TKey> key,
        WindowSettings windows,
        SideOutput<T>? late,
        Operator<WindowResult<TKey, TResult>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context) => windows.Size == windows.Slide
        ? new PaneWindowOperator<TKey, T, TAccumulator, TResult, TAggregate>(key, aggregate, windows, late, next, counters, errors, context)
        : new SlicedWindowOperator<TKey, T, TAccumulator, TResult, TAggregate>(key, aggregate, windows, late, next, counters, errors, context);
}
