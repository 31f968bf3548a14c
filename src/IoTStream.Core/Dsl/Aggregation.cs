using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>How the records of a window are condensed into one value. Made by <see cref="Aggregates"/>.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
/// <typeparam name="TResult">The type of the value.</typeparam>
public abstract class Aggregation<T, TResult>
{
    private protected Aggregation(string description) => Description = description;

    internal string Description { get; }

    /// <summary>Shows the aggregate with its own type and that of its accumulator.</summary>
    internal abstract TReturn Accept<TReturn>(IAggregationVisitor<T, TResult, TReturn> visitor);
}

internal sealed class PlainAggregation<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate, string description)
    : Aggregation<T, TResult>(description)
    where TAggregate : struct, IAggregate<T, TAccumulator, TResult>
{
    internal override TReturn Accept<TReturn>(IAggregationVisitor<T, TResult, TReturn> visitor) =>
        visitor.Visit<TAccumulator, TAggregate>(aggregate);
}

internal sealed class MergeableAggregation<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate, string description)
    : Aggregation<T, TResult>(description)
    where TAggregate : struct, IMergeableAggregate<T, TAccumulator, TResult>
{
    internal override TReturn Accept<TReturn>(IAggregationVisitor<T, TResult, TReturn> visitor) =>
        visitor.VisitMergeable<TAccumulator, TAggregate>(aggregate);
}

internal sealed class InvertibleAggregation<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate, string description)
    : Aggregation<T, TResult>(description)
    where TAggregate : struct, IInvertibleAggregate<T, TAccumulator, TResult>
{
    internal override TReturn Accept<TReturn>(IAggregationVisitor<T, TResult, TReturn> visitor) =>
        visitor.VisitInvertible<TAccumulator, TAggregate>(aggregate);
}
