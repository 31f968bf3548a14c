using IoTStream.State;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Runs a program the simplest way: one thing after the other, with a dictionary of everything and a list of timers.</summary>
internal sealed class ProcessOracle(ProcessProgram program, long startOfClock) : IProcessWorld
{
    private readonly Dictionary<(int Key, string State), (object Contents, long Expiry)> _states = [];
    private readonly List<(long Time, int Key)> _eventTimers = [];
    private readonly List<(long Time, int Key)> _processingTimers = [];
    private long _latest = long.MinValue;

    public List<ProcessEvent> Results { get; } = [];

    public List<ProcessEvent> Aside { get; } = [];

    public int Errors { get; private set; }

    public long EventTime { get; private set; } = long.MinValue;

    public int Key { get; private set; }

    public long Timestamp { get; private set; }

    public long Clock { get; private set; } = startOfClock;

    public bool HasValue => Look("value", program.ValueTtl) is not null;

    public int Value
    {
        get => (int?)Look("value", program.ValueTtl) ?? 7;
        set => Store("value", program.ValueTtl, value);
    }

    public void OnRecord(Reading reading)
    {
        _latest = Math.Max(_latest, reading.Time);
        Call(reading.Key, reading.Time, () => program.OnRecord(reading, reading.Time <= EventTime, this));
        Advance(EventTime);
    }

    /// <summary>Fires what is due by event time, first those that were set first.</summary>
    public void Advance(long time)
    {
        while (_eventTimers.Count > 0 && _eventTimers.MinBy(timer => timer.Time) is var timer && timer.Time <= time)
        {
            _eventTimers.Remove(timer);
            EventTime = Math.Max(EventTime, timer.Time);
            Call(timer.Key, timer.Time, () => program.OnTimer(timer.Time, isEventTime: true, this));
        }

        EventTime = Math.Max(EventTime, time);
    }

    public void AdvanceClock(long by)
    {
        Clock += by;
        while (_processingTimers.Count > 0 && _processingTimers.MinBy(timer => timer.Time) is var timer && timer.Time <= Clock)
        {
            _processingTimers.Remove(timer);
            Call(
                timer.Key,
                EventTime == long.MinValue ? _latest : EventTime + 1,
                () => program.OnTimer(timer.Time, isEventTime: false, this));
            Advance(EventTime);
        }
    }

    public int CountCallback()
    {
        int count = (int?)Look("callbacks", null) ?? 0;
        Store("callbacks", null, count + 1);
        return count;
    }

    public void ClearValue() => _states.Remove((Key, "value"));

    public string List() => Look("list", program.ListTtl) is List<int> list ? $"{list.Count}:{string.Join(' ', list)}" : "0:";

    public void AddToList(int element)
    {
        List<int> list = Look("list", program.ListTtl) as List<int> ?? [];
        list.Add(element);
        Store("list", program.ListTtl, list);
    }

    public void RemoveFirstOfList()
    {
        if (Look("list", program.ListTtl) is List<int> list)
        {
            list.RemoveAt(0);
            StoreOrRemove("list", program.ListTtl, list, list.Count);
        }
    }

    public string Map() => Look("map", program.MapTtl) is SortedDictionary<int, int> map ? $"{map.Count}:{string.Join(' ', map)}" : "0:";

    public void PutIntoMap(int entry, int value)
    {
        SortedDictionary<int, int> map = Look("map", program.MapTtl) as SortedDictionary<int, int> ?? [];
        map[entry] = value;
        Store("map", program.MapTtl, map);
    }

    public bool RemoveFromMap(int entry)
    {
        if (Look("map", program.MapTtl) is not SortedDictionary<int, int> map || !map.Remove(entry))
        {
            return false;
        }

        StoreOrRemove("map", program.MapTtl, map, map.Count);
        return true;
    }

    public string Sum() => Look("sum", program.SumTtl) is long sum ? $"{sum}" : "none";

    public void AddToSum(int value) => Store("sum", program.SumTtl, ((long?)Look("sum", program.SumTtl) ?? 0) + value);

    public void ClearSum() => _states.Remove((Key, "sum"));

    public bool SetTimer(long time, bool isEventTime)
    {
        List<(long, int)> timers = isEventTime ? _eventTimers : _processingTimers;
        bool isNew = !timers.Contains((time, Key));
        if (isNew)
        {
            timers.Add((time, Key));
        }

        return isNew;
    }

    public bool DeleteTimer(long time, bool isEventTime) => (isEventTime ? _eventTimers : _processingTimers).Remove((time, Key));

    public void Emit(string text) => Results.Add(new ProcessEvent(Key, Timestamp, text));

    public void EmitAside(string text) => Aside.Add(new ProcessEvent(Key, Timestamp, text));

    private void Call(int key, long timestamp, Action callback)
    {
        Key = key;
        Timestamp = timestamp;
        try
        {
            callback();
        }
        catch (FormatException)
        {
            Errors++;
        }
    }

    private object? Look(string state, StateTtl? ttl)
    {
        if (!_states.TryGetValue((Key, state), out (object Contents, long Expiry) found) || found.Expiry <= Now(ttl))
        {
            return null;
        }

        if (ttl is { IsRefreshedByReads: true })
        {
            Store(state, ttl, found.Contents);
        }

        return found.Contents;
    }

    private void Store(string state, StateTtl? ttl, object contents)
    {
        long now = Now(ttl);
        long expiry = ttl is null ? long.MaxValue : now + ttl.Time.Ticks;
        if (_states.TryGetValue((Key, state), out (object Contents, long Expiry) found) && found.Expiry > now)
        {
            expiry = Math.Max(expiry, found.Expiry);
        }

        _states[(Key, state)] = (contents, expiry);
    }

    private void StoreOrRemove(string state, StateTtl? ttl, object contents, int count)
    {
        if (count == 0)
        {
            _states.Remove((Key, state));
        }
        else
        {
            Store(state, ttl, contents);
        }
    }

    private long Now(StateTtl? ttl) => ttl is { IsEventTime: false } ? Clock : Math.Max(Timestamp, EventTime);
}
