namespace IoTStream.Coap.Tests.Messaging;

/// <summary>A clock that jumps from one thing that is due to the next, on the thread of the test.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    private readonly PriorityQueue<(SimulatedTimer? Timer, int Version, Action Action), (long At, long Order)> _due = new();
    private long _now = TimeSpan.TicksPerDay;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Elapsed => TimeSpan.FromTicks(_now - TimeSpan.TicksPerDay);

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(_now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void After(TimeSpan time, Action action) => Add(_now + time.Ticks, null, 0, action);

    /// <summary>Does the next thing that is due.</summary>
    /// <returns>False if there is none before the end.</returns>
    public bool Step(long until = long.MaxValue)
    {
        while (_due.TryPeek(out var next, out var at) && at.At <= until)
        {
            _due.Dequeue();
            if (next.Timer is { } timer && timer.Version != next.Version)
            {
                continue;
            }

            _now = Math.Max(_now, at.At);
            next.Action();
            return true;
        }

        return false;
    }

    public void Advance(TimeSpan by)
    {
        long until = _now + by.Ticks;
        while (Step(until))
        {
        }

        _now = until;
    }

    private void Add(long at, SimulatedTimer? timer, int version, Action action) => _due.Enqueue((timer, version, action), (at, _order++));

    private sealed class SimulatedTimer(SimulatedTime time, Action callback) : ITimer
    {
        public int Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Version++;
            if (dueTime >= TimeSpan.Zero)
            {
                time.Add(time._now + dueTime.Ticks, this, Version, () =>
                {
                    if (period > TimeSpan.Zero)
                    {
                        Change(period, period);
                    }

                    callback();
                });
            }

            return true;
        }

        public void Dispose() => Version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
