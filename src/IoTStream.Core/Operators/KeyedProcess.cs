using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// A function with state and timers for each key. Derive from it, declare states in the constructor, and give a factory of it to
/// <c>KeyedStream.Process</c>: each lane has an instance, which sees all records of the lane's keys.
/// </summary>
/// <remarks>
/// An instance is used by one thread at a time. What the function remembers belongs into its states: fields of its own are not part of them and
/// mix up the keys of a lane. If it is <see cref="IDisposable"/>, it is disposed when the job ends.
/// </remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
/// <typeparam name="TOut">The type of the results.</typeparam>
public abstract class KeyedProcess<TKey, T, TOut>
    where TKey : notnull
{
    /// <summary>The states of the function.</summary>
    protected internal StateSet States { get; } = new();

    /// <summary>Processes a record. If it throws, what it has emitted and stored before stays.</summary>
    /// <param name="record">The record.</param>
    /// <param name="context">What is known besides, and what can be done.</param>
    public abstract void OnRecord(T record, KeyedProcessContext<TKey, TOut> context);

    /// <summary>Called when a timer is due. If it throws, what it has emitted and stored before stays, and the timer is gone.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="context">What is known besides, and what can be done.</param>
    public virtual void OnTimer(DueTimer timer, KeyedProcessContext<TKey, TOut> context)
    {
    }
}
