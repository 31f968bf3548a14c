using IoTStream.Dsl;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Windows with triggers and by device time, by definition: all records are kept and everything is computed anew for each record and moment.</summary>
internal sealed class KeyedWindowOracle
{
    private readonly KeyedWindowCase _case;
    private readonly SortedDictionary<int, Key> _keys = [];
    private Int128 _watermark = Int128.MinValue;
    private long _now;

    private KeyedWindowOracle(KeyedWindowCase input) => _case = input;

    public List<(int Key, long Start, string Text)> Results { get; } = [];

    public List<int> Late { get; } = [];

    private Trigger Trigger => _case.Trigger ?? Triggers.OnTime;

    public static KeyedWindowOracle Compute(KeyedWindowCase input)
    {
        var oracle = new KeyedWindowOracle(input);
        foreach (((int Partition, Reading Reading)[] records, long pause) in input.Portions)
        {
            foreach ((_, Reading reading) in records)
            {
                oracle.Take(reading);
            }

            oracle.Pass(oracle._now + pause);
        }

        foreach ((int key, Key state) in oracle._keys)
        {
            oracle.Fire(key, state, Int128.MaxValue);
        }

        return oracle;
    }

    private void Take(Reading reading)
    {
        if (!_keys.TryGetValue(reading.Key, out Key? key))
        {
            _keys.Add(reading.Key, key = new Key());
        }

        Int128 watermark = _case.HasDeviceTime ? key.Watermark : _watermark;
        bool isTaken = false;
        foreach ((long start, long end) in WindowsOf(key, reading.Time))
        {
            if (watermark >= (Int128)end - 1 + _case.Lateness)
            {
                continue;
            }

            isTaken = true;
            Opened window = WindowAt(key, start, end, watermark);
            window.Records.Add(reading);
            window.New++;
            TimeSpan? after = window.HasFired ? Trigger.LateProcessingTime : Trigger.EarlyProcessingTime;
            if (window.HasFired ? after is null : window.New >= Trigger.EarlyRecords)
            {
                Give(reading.Key, window, window.HasFired ? WindowTiming.Late : WindowTiming.Early);
            }
            else if (after is not null && window.Due == long.MaxValue)
            {
                window.Due = _now + after.Value.Ticks;
            }
        }

        if (!isTaken)
        {
            Late.Add(reading.Id);
        }

        Int128 reached = (Int128)reading.Time - _case.Bound - 1;
        _watermark = Int128.Max(_watermark, reached);
        key.Watermark = Int128.Max(key.Watermark, reached);
        key.LastActivity = _now;
        key.IsSilent = false;
        foreach ((int number, Key state) in _keys)
        {
            Fire(number, state, _case.HasDeviceTime ? state.Watermark : _watermark);
        }
    }

    private void Pass(long until)
    {
        while (_keys.Values.Select(NextMoment).Append(long.MaxValue).Min() is var next && next <= until)
        {
            _now = next;
            foreach ((int number, Key key) in _keys.ToList())
            {
                foreach (Opened window in key.Windows.OrderBy(window => window.Start))
                {
                    if (window.Due <= _now)
                    {
                        Give(number, window, window.HasFired ? WindowTiming.Late : WindowTiming.Early);
                    }
                }

                if (SilentAt(key) <= _now)
                {
                    key.IsSilent = true;
                    Int128 newest = key.Windows.Where(window => !window.HasFired).Select(window => (Int128)window.End - 1)
                        .Append(Int128.MinValue).Max();
                    key.Watermark = Int128.Max(key.Watermark, newest);
                    Fire(number, key, key.Watermark);
                }

                if (ForgottenAt(key) <= _now)
                {
                    Fire(number, key, Int128.MaxValue);
                    _keys.Remove(number);
                }
            }
        }

        _now = until;
    }

    private long NextMoment(Key key) =>
        Math.Min(key.Windows.Select(window => window.Due).Append(long.MaxValue).Min(), Math.Min(SilentAt(key), ForgottenAt(key)));

    private long SilentAt(Key key) => _case.IdleTimeout is { } idle && !key.IsSilent ? key.LastActivity + idle : long.MaxValue;

    private long ForgottenAt(Key key) =>
        _case.IdleTimeout is { } idle && key.IsSilent ? key.LastActivity + Math.Max(idle, _case.Memory) : long.MaxValue;

    private void Fire(int key, Key state, Int128 watermark)
    {
        foreach (Opened window in state.Windows.OrderBy(window => window.Start).ToList())
        {
            Int128 last = (Int128)window.End - 1;
            if (!window.HasFired && Trigger.EarlyEventTime is { } stretch)
            {
                bool isDue = false;
                for (long end = window.Start + stretch.Ticks; end < window.End; end += stretch.Ticks)
                {
                    isDue |= window.EarlyReached < end - 1 && end - 1 <= watermark;
                }

                window.EarlyReached = watermark;
                if (isDue && window.New > 0)
                {
                    Give(key, window, WindowTiming.Early);
                }
            }

            if (!window.HasFired && watermark >= last)
            {
                window.HasFired = true;
                window.Due = long.MaxValue;
                if (window.New > 0 || !Trigger.Discards)
                {
                    Give(key, window, WindowTiming.OnTime);
                }
            }

            if (window.HasFired && watermark >= last + _case.Lateness)
            {
                if (window.New > 0)
                {
                    Give(key, window, WindowTiming.Late);
                }

                state.Windows.Remove(window);
            }
        }
    }

    private void Give(int key, Opened window, WindowTiming timing)
    {
        Results.Add((key, window.Start, $"to {window.End}: {_case.Summary.Expected(window.Records)} {timing} {window.Pane++}"));
        window.New = 0;
        window.Due = long.MaxValue;
        if (Trigger.Discards)
        {
            window.Records.Clear();
        }
    }

    /// <summary>The windows that a record belongs to, the last first; of sessions, the one that it makes with those it touches.</summary>
    private IEnumerable<(long Start, long End)> WindowsOf(Key key, long time)
    {
        if (_case.AreSessions)
        {
            Opened[] met = [.. Met(key, time, time + _case.Size)];
            return [(met.Select(window => window.Start).Append(time).Min(), met.Select(window => window.End).Append(time + _case.Size).Max())];
        }

        return Enumerable.Range(0, (int)_case.Size)
            .Select(back => time - back)
            .Where(start => start % _case.Slide == 0)
            .Select(start => (start, start + _case.Size));
    }

    private static IEnumerable<Opened> Met(Key key, long start, long end) => key.Windows.Where(window => window.Start < end && start < window.End);

    /// <summary>The window from one instant to another, into which those that it overlaps have grown together if they are sessions.</summary>
    private Opened WindowAt(Key key, long start, long end, Int128 watermark)
    {
        Opened[] parts = _case.AreSessions ? [.. Met(key, start, end).OrderBy(window => window.Start)] : [.. key.Windows.Where(window => window.Start == start)];
        bool hasFired = watermark >= (Int128)end - 1;
        if (parts is [var only] && (only.Start, only.End) == (start, end))
        {
            return only;
        }

        key.Windows.RemoveAll(parts.Contains);
        var window = new Opened(start, end)
        {
            HasFired = hasFired,
            EarlyReached = watermark,
            Records = [.. parts.SelectMany(part => part.Records)],
            New = parts.Sum(part => part.New),
            Pane = parts.Select(part => part.Pane).Append(0).Max(),
            Due = (hasFired ? Trigger.LateProcessingTime : Trigger.EarlyProcessingTime) is null
                ? long.MaxValue
                : parts.Select(part => part.Due).Append(long.MaxValue).Min(),
        };
        key.Windows.Add(window);
        return window;
    }

    private sealed class Key
    {
        public List<Opened> Windows { get; } = [];

        public Int128 Watermark { get; set; } = Int128.MinValue;

        public long LastActivity { get; set; }

        public bool IsSilent { get; set; }
    }

    private sealed class Opened(long start, long end)
    {
        public long Start { get; } = start;

        public long End { get; } = end;

        public List<Reading> Records { get; init; } = [];

        public int New { get; set; }

        public int Pane { get; set; }

        public bool HasFired { get; set; }

        public Int128 EarlyReached { get; set; }

        public long Due { get; set; } = long.MaxValue;
    }
}
