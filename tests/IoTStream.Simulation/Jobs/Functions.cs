using System.Globalization;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Simulation.Jobs;

/// <summary>What a function has to say of a key.</summary>
internal readonly record struct Told(int Key, string Text)
{
    public override string ToString() => Text;
}

/// <summary>Numbers the records of each key, and remembers the last with some values.</summary>
internal sealed class Numbering : KeyedProcess<int, Reading, Told>
{
    private readonly ValueState<int> _count;
    private readonly MapState<int, int> _values;

    public Numbering()
    {
        _count = States.Value<int>("count");
        _values = States.Map<int, int>("values");
    }

    public override void OnRecord(Reading record, KeyedProcessContext<int, Told> context)
    {
        _count.Value++;
        _values[record.Value % 5] = record.Number;
        context.Emit(new Told(record.Key, $"{record}: {_count.Value}, {string.Join(' ', _values.Entries.OrderBy(entry => entry.Key))}"));
        if (record.Value == 7)
        {
            _values.Clear();
        }
    }
}

/// <summary>Sets timers of event time and deletes them, and tells when they are due what has been since.</summary>
internal sealed class Alarms : KeyedProcess<int, Reading, Told>
{
    private readonly ListState<int> _since;

    public Alarms() => _since = States.List<int>("since");

    public override void OnRecord(Reading record, KeyedProcessContext<int, Told> context)
    {
        _since.Add(record.Number);
        if (record.Value < 5)
        {
            context.SetEventTimer(record.Time.AddSeconds(record.Value + 1));
        }
        else if (record.Value > 15)
        {
            context.DeleteEventTimer(record.Time.AddSeconds(record.Value - 14));
        }
    }

    public override void OnTimer(DueTimer timer, KeyedProcessContext<int, Told> context)
    {
        context.Emit(new Told(context.Key, $"{context.Key} at {timer.Time:s}: {string.Join(' ', _since.Values.ToArray())}"));
        _since.Clear();
    }
}

/// <summary>Forgets values, lists, and entries of maps after a time, be they read or not.</summary>
internal sealed class Forgetting : KeyedProcess<string, Reading, Told>
{
    private readonly ValueState<Memory?> _last;
    private readonly ListState<string> _since;
    private readonly MapState<Place, int> _places;
    private readonly AggregatingState<Reading, string> _sum;

    public Forgetting()
    {
        _last = States.Value<Memory?>("last", ttl: StateTtl.ByEventTime(TimeSpan.FromSeconds(12)).RefreshedByReads());
        _since = States.List<string>("since", StateTtl.ByEventTime(TimeSpan.FromSeconds(20)));
        _places = States.Map<Place, int>("places", StateTtl.ByEventTime(TimeSpan.FromSeconds(9)));
        _sum = States.Aggregating("sum", Aggregations.Draw(new Random(1), isMergeable: false, isOrdered: false), StateTtl.ByEventTime(TimeSpan.FromSeconds(30)));
    }

    public override void OnRecord(Reading record, KeyedProcessContext<string, Told> context)
    {
        string last = record.Value < 12 ? _last.Value?.ToString() ?? "nothing" : "not asked";
        if (record.Value % 3 == 0)
        {
            _last.Value = new Memory(record.Number, [record.Value, (int)record.Seconds]);
        }

        _since.Add(string.Create(CultureInfo.InvariantCulture, $"{record.Number}"));
        _places[Place.Of(record.Value % 4)] = record.Number;
        _sum.Add(record);
        string places = string.Join(' ', _places.Entries.OrderBy(entry => entry.Key.Number));
        context.Emit(new Told(record.Key, $"{record}: {last}; {string.Join(' ', _since.Values.ToArray())}; {places}; {_sum.Result}"));
    }

    /// <summary>A state that is kept as JSON.</summary>
    private sealed record Memory(int Number, IReadOnlyList<int> Values)
    {
        public override string ToString() => $"{Number} ({string.Join(' ', Values)})";
    }
}

/// <summary>Holds records back until the clock says so, or time ends.</summary>
internal sealed class Parking : KeyedProcess<string, Reading, Reading>
{
    private readonly ListState<Reading> _parked;

    public Parking() => _parked = States.List<Reading>("parked");

    public override void OnRecord(Reading record, KeyedProcessContext<string, Reading> context)
    {
        if (record.Value == 3)
        {
            Leave(context);
        }

        _parked.Add(record);
        context.SetProcessingTimer(context.ProcessingTime.AddSeconds(1 + record.Value));
        context.SetEventTimer(DateTimeOffset.MaxValue.AddYears(-1));
    }

    public override void OnTimer(DueTimer timer, KeyedProcessContext<string, Reading> context) => Leave(context);

    private void Leave(KeyedProcessContext<string, Reading> context)
    {
        foreach (Reading reading in _parked.Values)
        {
            context.Emit(reading);
        }

        _parked.Clear();
    }
}

/// <summary>Holds records back that have no key, until there are enough of them, or time ends.</summary>
internal sealed class Waiting : Process<Reading, Reading>
{
    private readonly ListState<Reading> _waiting;

    public Waiting() => _waiting = List<Reading>("waiting");

    public override void OnRecord(Reading record, ProcessContext<Reading> context)
    {
        _waiting.Add(record);
        if (_waiting.Count > 6)
        {
            Leave(context);
        }
    }

    public override void OnWatermark(DateTimeOffset watermark, ProcessContext<Reading> context)
    {
        if (watermark == DateTimeOffset.MaxValue)
        {
            Leave(context);
        }
    }

    private void Leave(ProcessContext<Reading> context)
    {
        foreach (Reading reading in _waiting.Values)
        {
            context.Emit(reading);
        }

        _waiting.Clear();
    }
}

/// <summary>Tells when time ends what rules there are then, and what records there were.</summary>
internal sealed class Ruled : KeyedBroadcastProcess<int, Reading, Reading, Reading>
{
    private readonly ListState<Reading> _records;
    private readonly BroadcastMap<int, int> _rules;

    public Ruled()
    {
        _records = States.List<Reading>("records");
        _rules = BroadcastStates.Map<int, int>("rules");
    }

    public override void OnRecord(Reading record, KeyedProcessContext<int, Reading> context)
    {
        _records.Add(record);
        context.SetEventTimer(DateTimeOffset.MaxValue.AddYears(-1));
    }

    public override void OnBroadcast(Reading rule, BroadcastContext<int, Reading> context)
    {
        int before = _rules.TryGet(rule.Key, out int found) ? found : 0;
        _rules[rule.Key] = before + rule.Value + 1;
    }

    public override void OnTimer(DueTimer timer, KeyedProcessContext<int, Reading> context)
    {
        string rules = string.Join(' ', _rules.Entries.OrderBy(rule => rule.Key));
        foreach (Reading record in _records.Values)
        {
            context.Emit(Reading.Of(record.Key, $"{record}: {rules}", record.Time));
        }

        _records.Clear();
    }
}
