using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Dsl;

/// <summary>Lets process functions keep aggregates.</summary>
public static class AggregatingStates
{
    /// <summary>Declares an aggregate for each key.</summary>
    /// <param name="states">The states of the function.</param>
    /// <param name="name">The name, unique in the function and the same over restarts.</param>
    /// <param name="aggregation">Which: see <see cref="Aggregates"/>.</param>
    /// <param name="ttl">How long it is remembered after something was last added; by default until it is cleared.</param>
    /// <typeparam name="T">The type of what is taken in.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public static AggregatingState<T, TResult> Aggregating<T, TResult>(
        this StateSet states, string name, Aggregation<T, TResult> aggregation, StateTtl? ttl = null)
    {
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(aggregation);
        return states.Add(aggregation.Accept(new Declaration<T, TResult>(name, ttl)));
    }

    private sealed class Declaration<T, TResult>(string name, StateTtl? ttl) : IAggregationVisitor<T, TResult, AggregatingState<T, TResult>>
    {
        public AggregatingState<T, TResult> Visit<TAccumulator, TAggregate>(TAggregate aggregate)
            where TAggregate : struct, IAggregate<T, TAccumulator, TResult> =>
            new AggregatingState<T, TAccumulator, TResult, TAggregate>(aggregate, name, ttl);
    }
}
