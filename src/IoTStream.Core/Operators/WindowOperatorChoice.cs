using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Creates the operator that computes windows of an aggregate at the least cost. Several at once take an aggregate that can be merged.</summary>
internal sealed class WindowOperatorChoice<TKey, TIn, TOut>(
    KeySelector<TIn, TKey> key,
    WindowSettings[] windows,
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
        new PaneWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>(key, aggregate, windows.Single(), late, next, counters, errors, context);

    public Operator<TIn> VisitMergeable<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut> => IsTumbling
        ? Visit<TAccumulator, TAggregate>(aggregate)
        : Sliced<TAccumulator, TAggregate>(aggregate, (settings, slices, index) =>
            new HalvedTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(aggregate, settings, slices, index));

    public Operator<TIn> VisitInvertible<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IInvertibleAggregate<TIn, TAccumulator, TOut> => IsTumbling
        ? Visit<TAccumulator, TAggregate>(aggregate)
        : Sliced<TAccumulator, TAggregate>(aggregate, (settings, slices, index) =>
            new SubtractedTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(aggregate, settings, slices, index));

    private bool IsTumbling => windows is [var only] && only.Size == only.Slide;

    private SlicedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> Sliced<TAccumulator, TAggregate>(
        TAggregate aggregate,
        Func<WindowSettings, PaneList<TKey, TAccumulator>, int, SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>> totals)
        where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut> =>
        new(key, aggregate, windows, totals, late, next, counters, errors, context);
}
