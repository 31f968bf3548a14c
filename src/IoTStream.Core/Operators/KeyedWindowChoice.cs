using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Creates the operator of windows that each key has of its own, for an aggregate.</summary>
internal sealed class KeyedWindowChoice<TKey, TIn, TOut>(
    KeySelector<TIn, TKey> key,
    KeyedWindowSettings settings,
    SideOutput<TIn>? late,
    Operator<WindowResult<TKey, TOut>> next,
    StepCounters counters,
    ErrorHandler errors,
    OperatorContext context)
    : IAggregationVisitor<TIn, TOut, Operator<TIn>>
    where TKey : notnull
{
    public Operator<TIn> Visit<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut> =>
        Create<TAccumulator, TAggregate>(aggregate, merge: null);

    public Operator<TIn> VisitMergeable<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut> =>
        Create<TAccumulator, TAggregate>(aggregate, aggregate.Merge);

    private KeyedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> Create<TAccumulator, TAggregate>(
        TAggregate aggregate, AccumulatorMerge<TAccumulator>? merge)
        where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut> =>
        new(key, aggregate, merge, settings, late, next, counters, errors, context);
}
