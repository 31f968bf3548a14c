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
        foreach (long start in StartsOf(reading.Time).OrderDescending())
        {
            Int128 last = start + _case.Size - 1;
            if (watermark >= last + _case.Lateness)
            {
                continue;
            }

            isTaken = true;
            if (!key.Windows.TryGetValue(start, out Opened? window))
            {
                key.Windows.Add(start, window = new Opened { HasFired = watermark >= last, EarlyReached = watermark });
            }

            window.Records.Add(reading);
            window.New++;
            TimeSpan? after = window.HasFired ? Trigger.LateProcessingTime : Trigger.EarlyProcessingTime;
            if (window.HasFired ? after is null : window.New >= Trigger.EarlyRecords)
            {
                Give(reading.Key, start, window, window.HasFired ? WindowTiming.Late : WindowTiming.Early);
            }
            else if (after is not null && window.New == 1)
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
                foreach ((long start, Opened window) in key.Windows)
                {
                    if (window.Due <= _now)
                    {
                        Give(number, start, window, window.HasFired ? WindowTiming.Late : WindowTiming.Early);
                    }
                }

                if (SilentAt(key) <= _now)
                {
                    key.IsSilent = true;
                    Int128 newest = key.Windows.Where(pair => !pair.Value.HasFired).Select(pair => (Int128)pair.Key + _case.Size - 1)
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
        Math.Min(key.Windows.Values.Select(window => window.Due).Append(long.MaxValue).Min(), Math.Min(SilentAt(key), ForgottenAt(key)));

    private long SilentAt(Key key) => _case.IdleTimeout is { } idle && !key.IsSilent ? key.LastActivity + idle : long.MaxValue;

    private long ForgottenAt(Key key) =>
        _case.IdleTimeout is { } idle && key.IsSilent ? key.LastActivity + Math.Max(idle, _case.Memory) : long.MaxValue;

    private void Fire(int key, Key state, Int128 watermark)
    {
        foreach ((long start, Opened window) in state.Windows.ToList())
        {
            Int128 last = start + _case.Size - 1;
            if (!window.HasFired && Trigger.EarlyEventTime is { } stretch)
            {
                bool isDue = false;
                for (long end = start + stretch.Ticks; end < start + _case.Size; end += stretch.Ticks)
                {
                    isDue |= window.EarlyReached < end - 1 && end - 1 <= watermark;
                }

                window.EarlyReached = watermark;
                if (isDue && window.New > 0)
                {
                    Give(key, start, window, WindowTiming.Early);
                }
            }

            if (!window.HasFired && watermark >= last)
            {
                window.HasFired = true;
                window.Due = long.MaxValue;
                if (window.New > 0 || !Trigger.Discards)
                {
                    Give(key, start, window, WindowTiming.OnTime);
                }
            }

            if (window.HasFired && watermark >= last + _case.Lateness)
            {
                if (window.New > 0)
                {
                    Give(key, start, window, WindowTiming.Late);
                }

                state.Windows.Remove(start);
            }
        }
    }

    private void Give(int key, long start, Opened window, WindowTiming timing)
    {
        Results.Add((key, start, $"{_case.Summary.Expected(window.Records)} {timing} {window.Pane++}"));
        window.New = 0;
        window.Due = long.MaxValue;
        if (Trigger.Discards)
        {
            window.Records.Clear();
        }
    }

    private IEnumerable<long> StartsOf(long time)
    {
        for (long start = time - _case.Size + 1; start <= time; start++)
        {
            if (start % _case.Slide == 0)
            {
                yield return start;
            }
        }
    }

    private sealed class Key
    {
        public SortedDictionary<long, Opened> Windows { get; } = [];

        public Int128 Watermark { get; set; } = Int128.MinValue;

        public long LastActivity { get; set; }

        public bool IsSilent { get; set; }
    }

    private sealed class Opened
    {
        public List<Reading> Records { get; } = [];

        public int New { get; set; }

        public int Pane { get; set; }

        public bool HasFired { get; set; }

        public Int128 EarlyReached { get; set; }

        public long Due { get; set; } = long.MaxValue;
    }
}
