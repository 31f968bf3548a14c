using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>What process functions with keys have in common, whatever their inputs: the state that is bound to the key of each callback, and timers.</summary>
internal sealed class KeyedCallbacks<TKey, TOut>
    where TKey : notnull
{
    private readonly TimerQueue<TKey> _eventTimers = new();
    private readonly TimerQueue<TKey> _processingTimers = new();
    private readonly Action<DueTimer> _onTimer;
    private readonly Func<bool> _isFull;
    private readonly ErrorHandler _errors;
    private readonly TimeProvider _timeProvider;
    private readonly RecordOrigin _origin;
    private readonly bool _hasEventTime;
    private long _latestTimestamp = DateTimeOffset.MinValue.Ticks;
    private long _dueUntil = Watermark.None;
    private bool _isDue;

    /// <param name="states">What the function has declared.</param>
    /// <param name="hasEventTime">Whether its input has event time.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="onTimer">Calls the function for a timer.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">What happens where a timer fails.</param>
    /// <param name="context">The lane.</param>
    /// <param name="state">What the operator keeps that outlives the job; null if nothing does.</param>
    public KeyedCallbacks(
        StateSet states,
        bool hasEventTime,
        ProcessOutput<TOut> output,
        Action<DueTimer> onTimer,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context,
        StepState? state)
    {
        _hasEventTime = hasEventTime;
        _onTimer = onTimer;
        _isFull = output.IsFull;
        _errors = errors;
        _timeProvider = context.TimeProvider;
        _origin = output.Origin;
        Store = new KeyedStore<TKey>(states, hasEventTime, _timeProvider);
        Context = new KeyedProcessContext<TKey, TOut>(
            Store, _eventTimers, _processingTimers, hasEventTime, output.Emit, output.Sides, counters);
        if (state is not null)
        {
            StateSerializer<TKey> keys = state.Serializers.Of<TKey>();
            state.Add(Store.Durable("keys", keys, state.Serializers));
            state.Add(_eventTimers.Durable("event timers", keys));
            state.Add(_processingTimers.Durable("processing timers", keys));
            state.Add(new WatermarkState("event clock", () => Store.EventClock, time => Store.EventClock = time));
            state.Add(new FurthestState("latest timestamp", () => _latestTimestamp, time => _latestTimestamp = time));
        }
    }

    public KeyedStore<TKey> Store { get; }

    public KeyedProcessContext<TKey, TOut> Context { get; }

    /// <summary>When the next timer by processing time is due, as <see cref="ITimed.Deadline"/>.</summary>
    public long Deadline
    {
        get
        {
            if (_isDue || _processingTimers.Count == 0 || Store.EventClock == Watermark.End)
            {
                return long.MaxValue;
            }

            // Asked anew each time, so that timers follow a clock that is set while they wait.
            long wait = _processingTimers.FirstTime - _timeProvider.GetUtcNow().UtcTicks;
            return wait <= 0
                ? long.MinValue
                : _timeProvider.GetTimestamp() + (long)Math.Ceiling(wait * ((double)_timeProvider.TimestampFrequency / TimeSpan.TicksPerSecond));
        }
    }

    /// <summary>Makes the key of a record the current one, until <see cref="Leave"/>.</summary>
    public void Enter(TKey key, RecordContext record)
    {
        _latestTimestamp = Math.Max(_latestTimestamp, record.TimestampTicks);
        Store.Enter(key, record);
        Context.IsLate = record.TimestampTicks <= Store.EventClock;
    }

    /// <summary>Ends the callback of a record, and fires timers that it has set for instants that event time has passed already.</summary>
    public void Leave()
    {
        Store.Leave();
        FireOverdue();
    }

    /// <summary>Lets event time go on, timer by timer, until there is no space for more results.</summary>
    /// <returns>Whether it has got there.</returns>
    public bool AdvanceTo(long time)
    {
        while (_eventTimers.FirstTime <= time && _eventTimers.Count > 0)
        {
            if (_isFull())
            {
                return false;
            }

            FireFirstByEventTime();
        }

        Store.EventClock = Math.Max(Store.EventClock, time);
        return true;
    }

    /// <summary>Lets event time go on up to the instant before one, whatever the room, as a record that comes in order does.</summary>
    public void AdvanceBefore(long time)
    {
        while (_eventTimers.FirstTime < time && _eventTimers.Count > 0)
        {
            FireFirstByEventTime();
        }

        if (time > Store.EventClock)
        {
            Store.EventClock = time - 1;
        }
    }

    /// <summary>Notes that processing time has passed the deadline; <see cref="FireByProcessingTime"/> is to follow, as soon as there is room.</summary>
    public void OnTime()
    {
        _isDue = true;
        _dueUntil = _timeProvider.GetUtcNow().UtcTicks;
    }

    /// <summary>Fires what was due when it was noted, until there is no space for more results.</summary>
    /// <returns>Whether all has been fired.</returns>
    public bool FireByProcessingTime()
    {
        while (_processingTimers.FirstTime <= _dueUntil && _processingTimers.Count > 0 && Store.EventClock != Watermark.End)
        {
            if (_isFull())
            {
                return false;
            }

            long time = _processingTimers.FirstTime;
            TKey key = _processingTimers.FirstKey;
            _processingTimers.RemoveFirst();
            Fire(key, new DueTimer(time, TimerKind.ProcessingTime), TimestampByProcessingTime(time));
            FireOverdue();
        }

        _isDue = false;
        return true;
    }

    /// <summary>The clock's time means nothing among timestamps of event time: what happens now happens at the first instant that is not over.</summary>
    private long TimestampByProcessingTime(long time) =>
        !_hasEventTime ? time : Store.EventClock == Watermark.None ? _latestTimestamp : Store.EventClock + 1;

    private void FireOverdue()
    {
        while (_eventTimers.FirstTime <= Store.EventClock && _eventTimers.Count > 0)
        {
            FireFirstByEventTime();
        }
    }

    private void FireFirstByEventTime()
    {
        long time = _eventTimers.FirstTime;
        TKey key = _eventTimers.FirstKey;
        _eventTimers.RemoveFirst();
        Store.EventClock = Math.Max(Store.EventClock, time);
        Fire(key, new DueTimer(time, TimerKind.EventTime), time);
    }

    private void Fire(TKey key, DueTimer timer, long timestamp)
    {
        var record = new RecordContext(timestamp, _origin);
        Store.Enter(key, record);
        Context.IsLate = false;
        try
        {
            _onTimer(timer);
        }
        catch (Exception exception)
        {
            _errors.Handle(exception, key, record);
        }
        finally
        {
            Store.Leave();
        }
    }
}
