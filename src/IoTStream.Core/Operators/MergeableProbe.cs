namespace IoTStream.Operators;

/// <summary>Tells whether the accumulators of an aggregate can be merged.</summary>
internal sealed class MergeableProbe<TIn, TOut> : IAggregationVisitor<TIn, TOut, bool>
{
    public bool Visit<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut> => false;

    public bool VisitMergeable<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut> => true;
}
