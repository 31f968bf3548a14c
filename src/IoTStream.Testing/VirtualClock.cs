namespace IoTStream.Testing;

/// <summary>
/// A clock that stands still until it is moved. Timers fire while it is moved, in the order in which they are due, on the thread that moves
/// it, and each sees the instant at which it is due; timers due at the same instant fire in the order in which they were set.
/// </summary>
/// <remarks>
/// Thread-safe. A <see cref="TestJob"/> moves its clock with <see cref="TestJob.AdvanceTime"/>, which lets the job do its work at each
/// instant on the way; moved directly, the clock runs past deadlines of steps, which then see a time later than they asked for.
/// </remarks>
public sealed class VirtualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private readonly DateTimeOffset _start;
    private long _elapsed;
    private long _armed;

    /// <summary>Creates a clock.</summary>
    /// <param name="start">What it shows first; by default the beginning of 2026, UTC.</param>
    public VirtualClock(DateTimeOffset? start = null) =>
        _start = (start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <summary>Ticks of 100 ns, so that a timestamp is the time since the clock's start.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, whatever the machine's is.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are set to fire.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count(static timer => timer.Due is not null);
            }
        }
    }

    /// <summary>When the next timer fires, as a timestamp of this clock; null if none is set.</summary>
    internal long? NextDue
    {
        get
        {
            lock (_lock)
            {
                return _timers.Min(static timer => timer.Due);
            }
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _elapsed);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    /// <summary>Moves the clock and fires what becomes due on the way, timers included that are set meanwhile.</summary>
    /// <param name="by">How far; zero fires what is due now.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative, or the calendar ends before.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(by, DateTimeOffset.MaxValue - GetUtcNow());
        AdvanceTo(GetTimestamp() + by.Ticks);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, callback, state);
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock to one of its timestamps, or leaves it where it is if that is past.</summary>
    /// <returns>Whether a timer fired.</returns>
    internal bool AdvanceTo(long timestamp)
    {
        using var context = NoContext.Enter();
        bool fired = false;
        while (TakeDue(timestamp) is { } timer)
        {
            fired = true;
            timer.Fire();
        }

        lock (_lock)
        {
            _elapsed = Math.Max(_elapsed, timestamp);
        }

        return fired;
    }

    /// <summary>The timer that fires next up to an instant; the clock then shows when that is.</summary>
    private Timer? TakeDue(long until)
    {
        lock (_lock)
        {
            Timer? next = _timers.Where(timer => timer.Due <= until).MinBy(static timer => (timer.Due, timer.Armed));
            if (next is { Due: { } due })
            {
                Volatile.Write(ref _elapsed, Math.Max(_elapsed, due));
                next.Arm(next.Period is { Ticks: > 0 } period ? due + period.Ticks : null, ++_armed);
            }

            return next;
        }
    }

    private sealed class Timer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public long? Due { get; private set; }

        /// <summary>A number that grows with each setting of any timer.</summary>
        public long Armed { get; private set; }

        public TimeSpan? Period { get; private set; }

        public void Fire() => callback(state);

        public void Arm(long? due, long number)
        {
            Due = due;
            Armed = number;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Check(dueTime, nameof(dueTime));
            Check(period, nameof(period));
            lock (clock._lock)
            {
                if (!clock._timers.Contains(this))
                {
                    return false;
                }

                Period = period == Timeout.InfiniteTimeSpan ? null : period;
                Arm(dueTime == Timeout.InfiniteTimeSpan ? null : clock._elapsed + dueTime.Ticks, ++clock._armed);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                Due = null;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private static void Check(TimeSpan time, string parameter)
        {
            if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            {
                throw new ArgumentOutOfRangeException(parameter, time, "A time for a timer is zero, positive or Timeout.InfiniteTimeSpan.");
            }
        }
    }
}
