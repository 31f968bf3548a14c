namespace IoTStream.Operators;

/// <summary>
/// Makes something of an aggregate whose accumulator's type is known only to whoever made it, with code that is compiled for exactly that
/// type. An aggregate presents itself as what it can do best; a visitor that has no use for that takes it as what it can do besides.
/// </summary>
internal interface IAggregationVisitor<TIn, TOut, out TReturn>
{
    TReturn Visit<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut>;

    TReturn VisitMergeable<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut> => Visit<TAccumulator, TAggregate>(aggregate);

    TReturn VisitInvertible<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IInvertibleAggregate<TIn, TAccumulator, TOut> => VisitMergeable<TAccumulator, TAggregate>(aggregate);
}
