using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What a process function is told and can do when it is given something that has been broadcast.</summary>
/// <remarks>One object serves all callbacks of an instance of a function: use it only until the callback returns, on its thread.</remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TOut">The type of the results.</typeparam>
public sealed class BroadcastContext<TKey, TOut> : ProcessContext<TOut>
    where TKey : notnull
{
    private readonly KeyedStore<TKey> _store;
    private readonly BroadcastStateSet _states;

    internal BroadcastContext(
        KeyedStore<TKey> store,
        BroadcastStateSet states,
        int lane,
        EmitResult<TOut> emit,
        IReadOnlyList<TaggedOutput> sides,
        StepCounters counters)
        : base(store, emit, sides, counters)
    {
        _store = store;
        _states = states;
        Lane = lane;
    }

    /// <summary>
    /// The number of the lane, from 0; of a topology that is scaled out, that of the shard. Every lane is given what is broadcast: a result that is to be given once and not once a lane is given where this
    /// is 0, or for keys in <see cref="ForEachKey"/>.
    /// </summary>
    public int Lane { get; }

    /// <summary>
    /// Does something for each key of this lane that has state; within it, the function's states are those of that key. The order of the keys is open.
    /// Broadcast state cannot be written meanwhile.
    /// </summary>
    /// <param name="action">What to do, given the key.</param>
    public void ForEachKey(Action<TKey> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _states.IsWritable = false;
        try
        {
            _store.ForEachKey(action);
        }
        finally
        {
            _states.IsWritable = true;
        }
    }
}
