using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>
/// Which windows the records of a key are divided into. Made by <see cref="Tumbling"/>, <see cref="Sliding"/> and <see cref="Sessions"/>.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public abstract record WindowSpec
{
    private protected WindowSpec()
    {
    }

    /// <summary>How the window operator of a lane is made for an aggregation.</summary>
    /// <exception cref="ArgumentException">These windows cannot do with the aggregation.</exception>
    internal abstract WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness)
        where TKey : notnull;
}
