using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Windows of which each key has its own: with early and late results as triggers ask for them, and by the key's own time if there is
/// device time. Where neither is asked for, operators that keep a table a window do the same at less cost.
/// </summary>
/// <remarks>
/// A record costs one lookup of its key and, if it is about as recent as the one before, no search for its window. A key has one timer of
/// each kind, which is moved only when it fires or something is due earlier.
/// </remarks>
internal sealed partial class KeyedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
    : KeyedOperator<TKey, TIn, WindowResult<TKey, TOut>>, ITimed
    where TKey : notnull
    where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut>
{
    private const long Never = long.MaxValue;
    private const int None = WindowChains<TAccumulator>.None;

    private readonly TAggregate _aggregate;
    private readonly AccumulatorMerge<TAccumulator>? _merge;
    private readonly WindowSettings _settings;
    private readonly string _words;
    private readonly CivilCalendar? _calendar;
    private readonly SideOutput<TIn>? _late;
    private readonly bool _areSessions;
    private readonly bool _isGlobal;
    private readonly bool _discards;
    private readonly long _earlyCount;
    private readonly long _earlyEventTime;

    private readonly StateTable<TKey, KeyProgress> _keys = new();
    private readonly WindowChains<TAccumulator> _windows = new();

    public KeyedWindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        AccumulatorMerge<TAccumulator>? merge,
        KeyedWindowSettings settings,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, late is null ? [] : [late], next, counters, errors, context)
    {
        _aggregate = aggregate;
        _merge = merge;
        _settings = settings.Windows;
        _words = settings.Words;
        _calendar = settings.Calendar;
        _late = late;
        _areSessions = settings.AreSessions;
        _isGlobal = settings.Windows == KeyedWindowSettings.Global;
        _discards = settings.Trigger.Discards;
        _earlyCount = settings.Trigger.EarlyByCount ?? Never;
        _earlyEventTime = settings.Trigger.EarlyByEventTime ?? Never;
        _context = context;
        _earlyAfter = ClockTime(settings.Trigger.EarlyByClock);
        _lateAfter = ClockTime(settings.Trigger.LateByClock);
        if (settings.DeviceTime is { } deviceTime)
        {
            _hasDeviceTime = true;
            _bound = deviceTime.MaxOutOfOrderness.Ticks;
            _idleAfter = ClockTime(deviceTime.IdleTimeout?.Ticks);
            _forgetAfter = _idleAfter == Never ? Never : Math.Max(_idleAfter, ClockTime(deviceTime.Memory.Ticks));
        }

        _needsClock = settings.Trigger.NeedsClock || _idleAfter != Never;
        if (_needsClock)
        {
            context.Timed.Add(this);
        }

        if (State is { } state)
        {
            Keep(state);
        }
    }

    /// <summary>How many keys there is something kept of.</summary>
    public int Keys => _keys.Count;

    /// <summary>How many windows there are, of all keys.</summary>
    public int Windows => _windows.Count;

    protected override void OnRecord(TKey key, TIn value, RecordContext context)
    {
        int place = _keys.GetOrAddPlace(key, out bool isNew);
        _keys.MarkChanged(place);
        ref KeyProgress progress = ref _keys.StateAt(place);
        if (isNew)
        {
            progress = KeyProgress.Unknown;
        }

        try
        {
            if (!Add(key, ref progress, value, context))
            {
                AddLate(value, context);
            }
        }
        catch (Exception exception) when (exception is not StepException)
        {
            Errors.Handle(exception, value, context);
        }

        if (_hasDeviceTime)
        {
            AdvanceKey(key, ref progress, context.TimestampTicks);
        }
        else if (progress.Windows.IsEmpty)
        {
            RemoveKey(place);
        }
        else
        {
            SetEventTimer(key, ref progress);
        }
    }

    /// <summary>Takes a record into its windows, from the last to the first, except those that have been given up.</summary>
    /// <returns>Whether there is any window left for it.</returns>
    private bool Add(TKey key, ref KeyProgress progress, TIn value, RecordContext context)
    {
        long timestamp = context.TimestampTicks;
        long watermark = _hasDeviceTime ? progress.Watermark : WatermarkOf(key);
        int at = progress.Windows.Newest;
        if (_areSessions)
        {
            return AddToSession(key, ref progress, watermark, value, context);
        }

        if (_calendar is not null)
        {
            bool isRecent = at != None && timestamp >= _windows[at].Start && timestamp < _windows[at].End;
            Window window = isRecent ? new Window(_windows[at].Start, _windows[at].End) : _calendar.WindowOf(timestamp);
            return AddTo(window, key, ref progress, ref at, watermark, value, context);
        }

        long start = at != None && (ulong)(timestamp - _windows[at].Start) < (ulong)_settings.Slide
            ? _windows[at].Start
            : _settings.LastStart(timestamp);
        bool isTaken = false;
        for (; start > timestamp - _settings.Size; start -= _settings.Slide)
        {
            if (!AddTo(new Window(start, start + _settings.Size), key, ref progress, ref at, watermark, value, context))
            {
                break;
            }

            isTaken = true;
        }

        return isTaken;
    }

    /// <summary>Takes a record into a window, unless that has been given up.</summary>
    /// <param name="window">The window.</param>
    /// <param name="key">Whose it is.</param>
    /// <param name="progress">What is kept of the key.</param>
    /// <param name="at">The place of a window that starts no earlier, if there is one; afterwards, the place of this one.</param>
    /// <param name="watermark">The watermark by which the key goes.</param>
    /// <param name="value">The record.</param>
    /// <param name="context">What else is known of it.</param>
    private bool AddTo(Window window, TKey key, ref KeyProgress progress, ref int at, long watermark, TIn value, RecordContext context)
    {
        if (_settings.HasExpired(window.EndTicks, watermark))
        {
            return false;
        }

        while (at != None && _windows[at].Start > window.StartTicks)
        {
            at = _windows[at].Older;
        }

        if (at != None && _windows[at].Start == window.StartTicks)
        {
            AddTo(ref _windows[at], value, context);
        }
        else
        {
            at = Open(ref progress, at, window, watermark, value, context);
        }

        OnAdded(key, ref progress, ref _windows[at], watermark);
        return true;
    }

    private void AddTo(ref KeyedWindow<TAccumulator> window, TIn value, RecordContext context)
    {
        if (window.HasAccumulator)
        {
            _aggregate.Add(ref window.Accumulator, value, context);
        }
        else
        {
            TAccumulator accumulator = _aggregate.Create();
            _aggregate.Add(ref accumulator, value, context);
            window.Accumulator = accumulator;
            window.HasAccumulator = true;
        }

        window.New++;
        window.Latest = Math.Max(window.Latest, context.TimestampTicks);
    }

    /// <summary>Opens a window for a record. One that fails leaves no window behind.</summary>
    private int Open(ref KeyProgress progress, int older, Window bounds, long watermark, TIn value, RecordContext context)
    {
        TAccumulator accumulator = _aggregate.Create();
        _aggregate.Add(ref accumulator, value, context);
        int place = _windows.Add(ref progress.Windows, older, bounds.StartTicks, bounds.EndTicks, in accumulator);
        ref KeyedWindow<TAccumulator> window = ref _windows[place];
        window.New = 1;
        window.Latest = context.TimestampTicks;
        window.NextByClock = Never;
        window.HasFired = WindowSettings.HasFired(bounds.EndTicks, watermark);
        window.NextEarly = window.HasFired ? Never : NextEarly(in window, watermark);
        progress.NextDue = Math.Min(progress.NextDue, DueOf(in window));
        if (!window.HasFired)
        {
            Hold(ref window);
        }

        return place;
    }

    /// <summary>A window has taken in a record: sees whether that makes a result due, now or after a while.</summary>
    private void OnAdded(TKey key, ref KeyProgress progress, ref KeyedWindow<TAccumulator> window, long watermark)
    {
        if (_earlyEventTime != Never && window.NextEarly == Never && !window.HasFired)
        {
            window.NextEarly = NextEarly(in window, watermark);
            progress.NextDue = Math.Min(progress.NextDue, DueOf(in window));
        }

        long after = window.HasFired ? _lateAfter : _earlyAfter;
        if (window.HasFired ? after == Never : window.New >= _earlyCount)
        {
            EmitPane(key, ref window, window.HasFired ? WindowTiming.Late : WindowTiming.Early);
        }
        else if (after != Never && window.NextByClock == Never)
        {
            window.NextByClock = After(_now, after);
            SetClockTimer(key, ref progress, window.NextByClock);
        }
    }

    /// <summary>A record all of whose windows have been given up.</summary>
    private void AddLate(TIn value, RecordContext context)
    {
        Counters.Late++;
        if (_late is null)
        {
            Counters.Dropped++;
        }
        else
        {
            _late.Add(in value, context);
        }
    }

    /// <summary>Does for a key what a watermark makes due, window by window from the oldest on.</summary>
    private void FireDue(TKey key, ref KeyProgress progress, long watermark)
    {
        long next = Never;
        for (int at = progress.Windows.Oldest; at != None;)
        {
            ref KeyedWindow<TAccumulator> window = ref _windows[at];
            int newer = window.Newer;
            long end = window.End;
            if (!window.HasFired && window.NextEarly <= Math.Min(watermark, end - 1))
            {
                // Until there is another record no stretch is of interest, and there may be very many of them.
                window.NextEarly = Never;
                if (window.New > 0)
                {
                    EmitPane(key, ref window, WindowTiming.Early);
                }
            }

            if (!window.HasFired && WindowSettings.HasFired(end, watermark))
            {
                FireOnTime(key, ref window);
            }

            if (window.HasFired && _settings.HasExpired(end, watermark))
            {
                if (window.New > 0)
                {
                    EmitPane(key, ref window, WindowTiming.Late);
                }

                _windows.Remove(ref progress.Windows, at);
            }
            else
            {
                next = Math.Min(next, DueOf(in window));
                if (!window.HasFired && _earlyEventTime == Never)
                {
                    // Those after it end later.
                    break;
                }
            }

            at = newer;
        }

        progress.NextDue = next;
    }

    private void FireOnTime(TKey key, ref KeyedWindow<TAccumulator> window)
    {
        window.HasFired = true;
        window.NextEarly = Never;
        Release(ref window);
        if (window.New > 0 || !_discards)
        {
            EmitPane(key, ref window, WindowTiming.OnTime);
        }
    }

    private void EmitPane(TKey key, ref KeyedWindow<TAccumulator> window, WindowTiming timing)
    {
        long end = window.End;
        long timestamp = _isGlobal ? window.Latest : end - 1;
        try
        {
            TOut result = _aggregate.GetResult(in window.Accumulator);
            Emit(timestamp, new WindowResult<TKey, TOut>(key, new Window(window.Start, end), result, timing, window.Pane), Origin);
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, key, new RecordContext(timestamp, Origin));
        }

        window.Pane++;
        window.New = 0;
        window.NextByClock = Never;
        if (_discards)
        {
            window.Accumulator = default!;
            window.HasAccumulator = false;
        }
    }

    /// <summary>The watermark at which there is something to do for a window.</summary>
    private long DueOf(in KeyedWindow<TAccumulator> window)
    {
        long last = window.End - 1;
        return window.HasFired ? last + _settings.AllowedLateness : Math.Min(last, window.NextEarly);
    }

    /// <summary>The watermark that completes the next stretch of a window which has not been completed yet.</summary>
    private long NextEarly(in KeyedWindow<TAccumulator> window, long watermark)
    {
        if (_earlyEventTime >= window.End - window.Start)
        {
            return Never;
        }

        long stretches = watermark < window.Start ? 0 : (watermark + 1 - window.Start) / _earlyEventTime;
        long end = window.Start + ((stretches + 1) * _earlyEventTime);
        return end >= window.End ? Never : end - 1;
    }

    private void RemoveKey(int place)
    {
        ref KeyProgress progress = ref _keys.StateAt(place);
        TKey key = _keys.KeyAt(place);
        if (progress.EventTimer != Never)
        {
            _eventTimers.Remove(progress.EventTimer, key);
        }

        if (progress.ClockTimer != Never)
        {
            _clockTimers.Remove(progress.ClockTimer, key);
        }

        _keys.RemoveAt(place);
    }
}
