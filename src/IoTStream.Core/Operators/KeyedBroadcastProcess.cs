using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// A function with state and timers for each key whose rules can change while it runs: they come as a second stream, which every lane is given in full.
/// Derive from it, declare states in the constructor, and give a factory of it to <c>KeyedStream.Process</c>.
/// </summary>
/// <remarks>
/// An instance is used by one thread at a time. Between a rule and a record there is no order other than that of their arrival on the lane: a record is processed
/// with some number of the first rules, and later records of its lane with no fewer. What each instance does with a rule must be the same on every lane. If
/// it is <see cref="IDisposable"/>, it is disposed when the job ends.
/// </remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
/// <typeparam name="TRule">The type of what is broadcast.</typeparam>
/// <typeparam name="TOut">The type of the results.</typeparam>
public abstract class KeyedBroadcastProcess<TKey, T, TRule, TOut>
    where TKey : notnull
{
    /// <summary>The states of each key.</summary>
    protected internal StateSet States { get; } = new();

    /// <summary>The states that every lane has a copy of.</summary>
    protected internal BroadcastStateSet BroadcastStates { get; } = new();

    /// <summary>Processes a record. If it throws, what it has emitted and stored before stays.</summary>
    /// <param name="record">The record.</param>
    /// <param name="context">What is known besides, and what can be done.</param>
    public abstract void OnRecord(T record, KeyedProcessContext<TKey, TOut> context);

    /// <summary>Takes in what has been broadcast; called on every lane. If it throws, what it has emitted and stored before stays.</summary>
    /// <param name="rule">What has been broadcast.</param>
    /// <param name="context">What is known besides, and what can be done.</param>
    public abstract void OnBroadcast(TRule rule, BroadcastContext<TKey, TOut> context);

    /// <summary>Called when a timer is due. If it throws, what it has emitted and stored before stays, and the timer is gone.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="context">What is known besides, and what can be done.</param>
    public virtual void OnTimer(DueTimer timer, KeyedProcessContext<TKey, TOut> context)
    {
    }
}
