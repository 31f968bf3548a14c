using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Creates the operator of windows that are counted in records, for an aggregate.</summary>
internal sealed class CountWindowChoice<TKey, TIn, TOut>(
    KeySelector<TIn, TKey> key,
    CountWindowSettings settings,
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
        new CountWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>(key, aggregate, settings, late, next, counters, errors, context);
}
