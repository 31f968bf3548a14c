using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>
/// Which windows the records of a key are divided into. Made by <see cref="Tumbling"/>, <see cref="Sliding"/>, <see cref="Civil"/> and <see cref="Sessions"/>.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public abstract record WindowSpec
{
    private protected WindowSpec()
    {
    }

    /// <summary>Whether the records need event time.</summary>
    internal virtual bool GoesByEventTime => true;

    /// <summary>How the window operator of a lane is made for an aggregation.</summary>
    /// <exception cref="ArgumentException">These windows cannot do with the aggregation.</exception>
    internal abstract WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness)
        where TKey : notnull;

    /// <summary>As <see cref="OperatorFactory"/>, where windows go by the keys' own time or give results by a trigger.</summary>
    /// <exception cref="ArgumentException">These windows do not do that.</exception>
    internal virtual WindowOperatorFactory<TKey, T, TResult> KeyedOperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness, WindowRules rules)
        where TKey : notnull =>
        throw new ArgumentException($"Windows of this kind ({this}) have neither device time nor triggers: use tumbling, sliding or civil ones, or sessions.", nameof(rules));
}
