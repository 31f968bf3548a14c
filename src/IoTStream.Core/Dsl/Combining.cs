using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>
/// Makes one aggregation of two. It shows first the one and then the other with its own type, for the accumulators to lie side by side in
/// one struct; it can be merged and subtracted from if both of them can.
/// </summary>
internal sealed class Combining<T, TFirstOut, TSecondOut, TOut>(
    Aggregation<T, TSecondOut> second, Func<TFirstOut, TSecondOut, TOut> result, string description)
    : IAggregationVisitor<T, TFirstOut, Aggregation<T, TOut>>
{
    public Aggregation<T, TOut> Visit<TFirst, TFirstAggregate>(TFirstAggregate aggregate)
        where TFirstAggregate : struct, IAggregate<T, TFirst, TFirstOut> =>
        second.Accept(new AfterPlain<TFirst, TFirstAggregate>(aggregate, result, description));

    public Aggregation<T, TOut> VisitMergeable<TFirst, TFirstAggregate>(TFirstAggregate aggregate)
        where TFirstAggregate : struct, IMergeableAggregate<T, TFirst, TFirstOut> =>
        second.Accept(new AfterMergeable<TFirst, TFirstAggregate>(aggregate, result, description));

    public Aggregation<T, TOut> VisitInvertible<TFirst, TFirstAggregate>(TFirstAggregate aggregate)
        where TFirstAggregate : struct, IInvertibleAggregate<T, TFirst, TFirstOut> =>
        second.Accept(new AfterInvertible<TFirst, TFirstAggregate>(aggregate, result, description));

    private class AfterPlain<TFirst, TFirstAggregate>(TFirstAggregate first, Func<TFirstOut, TSecondOut, TOut> result, string description)
        : IAggregationVisitor<T, TSecondOut, Aggregation<T, TOut>>
        where TFirstAggregate : struct, IAggregate<T, TFirst, TFirstOut>
    {
        protected TFirstAggregate First { get; } = first;

        protected Func<TFirstOut, TSecondOut, TOut> Result { get; } = result;

        protected string Description { get; } = description;

        public Aggregation<T, TOut> Visit<TSecond, TSecondAggregate>(TSecondAggregate aggregate)
            where TSecondAggregate : struct, IAggregate<T, TSecond, TSecondOut> =>
            new PlainAggregation<
                T,
                Both<TFirst, TSecond>,
                TOut,
                BothAggregate<T, TFirst, TFirstOut, TFirstAggregate, TSecond, TSecondOut, TSecondAggregate, TOut>>(
                new(First, aggregate, Result), Description);
    }

    private class AfterMergeable<TFirst, TFirstAggregate>(TFirstAggregate first, Func<TFirstOut, TSecondOut, TOut> result, string description)
        : AfterPlain<TFirst, TFirstAggregate>(first, result, description), IAggregationVisitor<T, TSecondOut, Aggregation<T, TOut>>
        where TFirstAggregate : struct, IMergeableAggregate<T, TFirst, TFirstOut>
    {
        public Aggregation<T, TOut> VisitMergeable<TSecond, TSecondAggregate>(TSecondAggregate aggregate)
            where TSecondAggregate : struct, IMergeableAggregate<T, TSecond, TSecondOut> =>
            new MergeableAggregation<
                T,
                Both<TFirst, TSecond>,
                TOut,
                BothMergeableAggregate<T, TFirst, TFirstOut, TFirstAggregate, TSecond, TSecondOut, TSecondAggregate, TOut>>(
                new(First, aggregate, Result), Description);
    }

    private sealed class AfterInvertible<TFirst, TFirstAggregate>(TFirstAggregate first, Func<TFirstOut, TSecondOut, TOut> result, string description)
        : AfterMergeable<TFirst, TFirstAggregate>(first, result, description), IAggregationVisitor<T, TSecondOut, Aggregation<T, TOut>>
        where TFirstAggregate : struct, IInvertibleAggregate<T, TFirst, TFirstOut>
    {
        public Aggregation<T, TOut> VisitInvertible<TSecond, TSecondAggregate>(TSecondAggregate aggregate)
            where TSecondAggregate : struct, IInvertibleAggregate<T, TSecond, TSecondOut> =>
            new InvertibleAggregation<
                T,
                Both<TFirst, TSecond>,
                TOut,
                BothInvertibleAggregate<T, TFirst, TFirstOut, TFirstAggregate, TSecond, TSecondOut, TSecondAggregate, TOut>>(
                new(First, aggregate, Result), Description);
    }
}
