using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What a keyed process function is told and can do in a callback.</summary>
/// <remarks>One object serves all callbacks of an instance of a function: use it only until the callback returns, on its thread.</remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TOut">The type of the results.</typeparam>
public sealed class KeyedProcessContext<TKey, TOut> : ProcessContext<TOut>
    where TKey : notnull
{
    private readonly KeyedStore<TKey> _store;
    private readonly TimerQueue<TKey> _eventTimers;
    private readonly TimerQueue<TKey> _processingTimers;
    private readonly bool _hasEventTime;

    internal KeyedProcessContext(
        KeyedStore<TKey> store,
        TimerQueue<TKey> eventTimers,
        TimerQueue<TKey> processingTimers,
        bool hasEventTime,
        EmitResult<TOut> emit,
        IReadOnlyList<TaggedOutput> sides,
        StepCounters counters)
        : base(store, emit, sides, counters)
    {
        _store = store;
        _eventTimers = eventTimers;
        _processingTimers = processingTimers;
        _hasEventTime = hasEventTime;
    }

    /// <summary>The key that the record or the timer belongs to.</summary>
    public TKey Key => _store.Key;

    /// <summary>
    /// Sets a timer of this key that fires when the watermark reaches an instant; if it has already, right after this callback. A key has at most one
    /// for an instant. When a bounded stream ends, all of them fire.
    /// </summary>
    /// <param name="time">The instant.</param>
    /// <returns>Whether there was none.</returns>
    /// <exception cref="InvalidOperationException">The stream has no event time.</exception>
    public bool SetEventTimer(DateTimeOffset time)
    {
        if (!_hasEventTime)
        {
            throw new InvalidOperationException(
                "A timer by event time would never fire, as the records have none: call WithEventTime after the source, or set a timer by processing time.");
        }

        return _eventTimers.Add(time.UtcTicks, CurrentKey);
    }

    /// <summary>Takes a timer of this key back.</summary>
    /// <param name="time">The instant for which it was set.</param>
    /// <returns>Whether there was one.</returns>
    public bool DeleteEventTimer(DateTimeOffset time) => _eventTimers.Remove(time.UtcTicks, CurrentKey);

    /// <summary>
    /// Sets a timer of this key that fires when the clock of the job reaches an instant. A key has at most one for an instant. Those that are
    /// not due when a bounded stream ends do not fire.
    /// </summary>
    /// <param name="time">The instant.</param>
    /// <returns>Whether there was none.</returns>
    public bool SetProcessingTimer(DateTimeOffset time) => _processingTimers.Add(time.UtcTicks, CurrentKey);

    /// <summary>Takes a timer of this key back.</summary>
    /// <param name="time">The instant for which it was set.</param>
    /// <returns>Whether there was one.</returns>
    public bool DeleteProcessingTimer(DateTimeOffset time) => _processingTimers.Remove(time.UtcTicks, CurrentKey);

    private TKey CurrentKey
    {
        get
        {
            // Throws outside of callbacks.
            _ = _store.Place;
            return _store.Key;
        }
    }
}
