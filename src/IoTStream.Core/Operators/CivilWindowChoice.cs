using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Creates the operator that computes an aggregate over windows of a calendar.</summary>
internal sealed class CivilWindowChoice<TKey, TIn, TOut>(
    KeySelector<TIn, TKey> key,
    CivilWindowSettings settings,
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
        new CivilWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>(key, aggregate, settings, late, next, counters, errors, context);
}
