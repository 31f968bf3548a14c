using System.Diagnostics;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Creates the operator that computes sessions of an aggregate.</summary>
internal sealed class SessionOperatorChoice<TKey, TIn, TOut>(
    KeySelector<TIn, TKey> key,
    long gap,
    long allowedLateness,
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
        throw new UnreachableException("Sessions of an aggregate that cannot be merged are refused before.");

    public Operator<TIn> VisitMergeable<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut> =>
        new SessionWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>(
            key, aggregate, gap, allowedLateness, late, next, counters, errors, context);
}
