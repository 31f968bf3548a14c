using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>The stream's time, the keys' own time and processing time.</summary>
internal sealed partial class KeyedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
{
    private readonly TimerQueue<TKey> _eventTimers = new();
    private readonly TimerQueue<TKey> _clockTimers = new();
    private readonly WatermarkHolds _holds = new();
    private readonly OperatorContext _context;
    private readonly bool _hasDeviceTime;
    private readonly bool _needsClock;
    private readonly long _bound;
    private readonly long _earlyAfter;
    private readonly long _lateAfter;
    private readonly long _idleAfter = Never;
    private readonly long _forgetAfter = Never;

    /// <summary>Processing time when the records that are being processed were handed over.</summary>
    private long _now;

    /// <summary>Until when, in processing time, the pipeline has been seen to be held back: no key is silent for what it could not say then.</summary>
    private long _heldBackUntil = long.MinValue;

    /// <summary>When it was noted that results wait for room; the greatest number if none were seen to wait.</summary>
    private long _heldBackSince = Never;

    /// <summary>At the end of the input, the first place in the table whose key may still have windows.</summary>
    private int _ending;

    /// <summary>The watermark that the next step could be given if no window held it.</summary>
    private long _reached = Watermark.None;

    /// <summary>The watermark that the next step has been given, in this life or in an earlier one.</summary>
    private long _passedOn = Watermark.None;

    /// <summary>The watermark that the next step has been given in this life.</summary>
    private long _sent = Watermark.None;

    /// <summary>While results wait for room there is no use in being woken for more, except to note once that the pipeline is held back.</summary>
    public long Deadline => HasEnded || (HasPending && _heldBackSince != Never) ? Never : _clockTimers.FirstTime;

    public void OnTime(long now)
    {
        if (HasPending)
        {
            _heldBackSince = now;
            return;
        }

        if (!IsReady || _context.SourcesHeldBack > 0)
        {
            _heldBackUntil = now;
        }

        OnClock(now);
    }

    protected override void BeforeRecords()
    {
        if (!_needsClock)
        {
            return;
        }

        long now = _context.TimeProvider.GetTimestamp();
        if (HasPending && now > _now)
        {
            _heldBackUntil = now;
        }

        _now = now;
    }

    protected override bool OnEventTime(long watermark)
    {
        if (_hasDeviceTime)
        {
            return watermark != Watermark.End || EndKeys();
        }

        while (_eventTimers.Count > 0 && _eventTimers.FirstTime <= watermark)
        {
            if (IsFull)
            {
                return false;
            }

            // Timer by timer, so that results come in the order of time, however many watermarks have become one on their way.
            long time = _eventTimers.FirstTime;
            TKey key = _eventTimers.FirstKey;
            _eventTimers.RemoveFirst();
            int place = _keys.PlaceOf(key);
            ref KeyProgress progress = ref _keys.StateAt(place);
            progress.EventTimer = Never;
            _keys.MarkChanged(place);
            FireDue(key, ref progress, time);
            if (progress.Windows.IsEmpty)
            {
                RemoveKey(place);
            }
            else
            {
                SetEventTimer(key, ref progress);
            }
        }

        return true;
    }

    protected override bool OnProcessingTime(long now)
    {
        while (_clockTimers.FirstTime <= now)
        {
            if (IsFull)
            {
                return false;
            }

            TKey key = _clockTimers.FirstKey;
            _clockTimers.RemoveFirst();
            int place = _keys.PlaceOf(key);
            ref KeyProgress progress = ref _keys.StateAt(place);
            progress.ClockTimer = Never;
            _keys.MarkChanged(place);
            long next = FireByClock(key, ref progress, now);
            if (_idleAfter != Never)
            {
                long silence = CheckSilence(key, ref progress, now);
                if (silence == Never)
                {
                    RemoveKey(place);
                    continue;
                }

                next = Math.Min(next, silence);
            }

            SetClockTimer(key, ref progress, next);
        }

        return true;
    }

    /// <summary>With device time, windows that were open before the watermark reached them hold it until they have given their results.</summary>
    protected override void PassOn(long watermark)
    {
        _reached = watermark;
        OnAllSent();
    }

    protected override void OnAllSent()
    {
        if (_heldBackSince != Never)
        {
            EndHold();
        }

        long first = _holds.First;
        long watermark = first == Never ? _reached : Math.Min(_reached, first - 1);
        if (watermark > _sent && watermark >= _passedOn)
        {
            _sent = watermark;
            _passedOn = watermark;
            base.PassOn(watermark);
        }
    }

    /// <summary>A moment later than another; never, if that is beyond all time.</summary>
    private static long After(long moment, long duration) => duration > Never - Math.Max(moment, 0) ? Never : moment + duration;

    /// <summary>There is room again. If it took no time, as results of one moment may take several batches, nothing was held back.</summary>
    private void EndHold()
    {
        long now = _context.TimeProvider.GetTimestamp();
        if (_heldBackSince < now)
        {
            _heldBackUntil = now;
        }

        _heldBackSince = Never;
    }

    /// <summary>A duration in the units of the job's clock, never zero.</summary>
    private long ClockTime(long? ticks) => ticks is not { } duration
        ? Never
        : (long)Int128.Clamp((Int128)duration * _context.TimeProvider.TimestampFrequency / TimeSpan.TicksPerSecond, 1, Ticks.Forever);

    /// <summary>A key has given a sign of life and may have got further in its own time.</summary>
    private void AdvanceKey(TKey key, ref KeyProgress progress, long timestamp)
    {
        long watermark = timestamp - _bound - 1;
        if (watermark > progress.Watermark)
        {
            progress.Watermark = watermark;
            if (watermark >= progress.NextDue)
            {
                FireDue(key, ref progress, watermark);
            }
        }

        if (_idleAfter != Never)
        {
            progress.LastActivity = _now;
            if (progress.IsSilent)
            {
                progress.IsSilent = false;
                SetClockTimer(key, ref progress, After(_now, _idleAfter));
            }
        }
    }

    /// <summary>Gives the early and late results of a key that processing time makes due.</summary>
    /// <returns>When there will be more of them.</returns>
    private long FireByClock(TKey key, ref KeyProgress progress, long now)
    {
        long next = Never;
        if (_earlyAfter == Never && _lateAfter == Never)
        {
            return next;
        }

        for (int at = progress.Windows.Oldest; at != None; at = _windows[at].Newer)
        {
            ref KeyedWindow<TAccumulator> window = ref _windows[at];
            if (window.NextByClock <= now)
            {
                EmitPane(key, ref window, window.HasFired ? WindowTiming.Late : WindowTiming.Early);
            }

            next = Math.Min(next, window.NextByClock);
        }

        return next;
    }

    /// <summary>Completes the windows of a key that has been silent for too long, and forgets one that has been silent for much longer.</summary>
    /// <returns>When to look again; never, if it has been forgotten.</returns>
    private long CheckSilence(TKey key, ref KeyProgress progress, long now)
    {
        if (!progress.IsSilent)
        {
            long silentAt = After(Math.Max(progress.LastActivity, _heldBackUntil), _idleAfter);
            if (silentAt > now)
            {
                return silentAt;
            }

            progress.IsSilent = true;
            CompleteWindows(key, ref progress);
        }

        long forgottenAt = After(progress.LastActivity, _forgetAfter);
        if (forgottenAt > now)
        {
            return forgottenAt;
        }

        FireDue(key, ref progress, Watermark.End);
        return Never;
    }

    /// <summary>Moves a key's time to the last instant of its last open window.</summary>
    private void CompleteWindows(TKey key, ref KeyProgress progress)
    {
        int newest = progress.Windows.Newest;
        if (newest != None && !_windows[newest].HasFired)
        {
            progress.Watermark = Math.Max(progress.Watermark, _windows[newest].End - 1);
            FireDue(key, ref progress, progress.Watermark);
        }
    }

    private bool EndKeys()
    {
        for (; _ending < _keys.Places; _ending++)
        {
            if (!_keys.IsAt(_ending))
            {
                continue;
            }

            if (IsFull)
            {
                return false;
            }

            FireDue(_keys.KeyAt(_ending), ref _keys.StateAt(_ending), Watermark.End);
            RemoveKey(_ending);
        }

        return true;
    }

    private void Hold(ref KeyedWindow<TAccumulator> window)
    {
        long last = window.End - 1;
        if (_hasDeviceTime && last > _passedOn)
        {
            window.HoldsWatermark = true;
            _holds.Add(last);
        }
    }

    private void Release(ref KeyedWindow<TAccumulator> window)
    {
        if (window.HoldsWatermark)
        {
            window.HoldsWatermark = false;
            _holds.Remove(window.End - 1);
        }
    }

    private void SetEventTimer(TKey key, ref KeyProgress progress) =>
        SetEarlier(_eventTimers, key, ref progress.EventTimer, progress.NextDue);

    private void SetClockTimer(TKey key, ref KeyProgress progress, long moment) =>
        SetEarlier(_clockTimers, key, ref progress.ClockTimer, moment);

    /// <summary>Sees to it that a key's timer fires no later than at a time. A timer that fires too early does no harm.</summary>
    private static void SetEarlier(TimerQueue<TKey> timers, TKey key, ref long timer, long time)
    {
        if (time >= timer)
        {
            return;
        }

        if (timer != Never)
        {
            timers.Remove(timer, key);
        }

        timer = time;
        timers.Add(time, key);
    }
}
