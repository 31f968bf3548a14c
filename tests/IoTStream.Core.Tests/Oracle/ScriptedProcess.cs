using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Runs a program in the engine.</summary>
internal sealed class ScriptedProcess : KeyedProcess<int, Reading, ProcessEvent>, IProcessWorld
{
    public static readonly OutputTag<ProcessEvent> Aside = new("aside");

    private readonly ProcessProgram _program;
    private readonly ValueState<int> _callbacks;
    private readonly ValueState<int> _value;
    private readonly ListState<int> _list;
    private readonly MapState<int, int> _map;
    private readonly AggregatingState<int, long> _sum;
    private KeyedProcessContext<int, ProcessEvent> _context = null!;

    public ScriptedProcess(ProcessProgram program)
    {
        _program = program;
        _callbacks = States.Value<int>("callbacks");
        _value = States.Value("value", initial: 7, program.ValueTtl);
        _list = States.List<int>("list", program.ListTtl);
        _map = States.Map<int, int>("map", program.MapTtl);
        _sum = States.Aggregating("sum", Aggregates.Sum<int, long>(value => value), program.SumTtl);
    }

    public int Key => _context.Key;

    public long Timestamp => _context.TimestampTicks;

    public long Clock => _context.ProcessingTime.UtcTicks;

    public bool HasValue => _value.HasValue;

    public int Value
    {
        get => _value.Value;
        set => _value.Value = value;
    }

    public override void OnRecord(Reading record, KeyedProcessContext<int, ProcessEvent> context)
    {
        _context = context;
        context.Record.TimestampTicks.Should().Be(record.Time);
        _program.OnRecord(record, context.IsLate, this);
    }

    public override void OnTimer(DueTimer timer, KeyedProcessContext<int, ProcessEvent> context)
    {
        _context = context;
        context.IsLate.Should().BeFalse();
        _program.OnTimer(timer.TimeTicks, timer.Kind == TimerKind.EventTime, this);
    }

    public int CountCallback() => _callbacks.Value++;

    public void ClearValue() => _value.Clear();

    public string List() => $"{_list.Count}:{string.Join(' ', _list.Values.ToArray())}";

    public void AddToList(int element) => _list.Add(element);

    public void RemoveFirstOfList()
    {
        if (_list.Count > 0)
        {
            _list.RemoveRange(0, 1);
        }
    }

    public string Map() => $"{_map.Count}:{string.Join(' ', _map.Entries.OrderBy(entry => entry.Key))}";

    public void PutIntoMap(int entry, int value) => _map[entry] = value;

    public bool RemoveFromMap(int entry) => _map.Remove(entry);

    public string Sum() => _sum.HasValue ? $"{_sum.Result}" : "none";

    public void AddToSum(int value) => _sum.Add(value);

    public void ClearSum() => _sum.Clear();

    public bool SetTimer(long time, bool isEventTime) => isEventTime
        ? _context.SetEventTimer(new DateTimeOffset(time, TimeSpan.Zero))
        : _context.SetProcessingTimer(new DateTimeOffset(time, TimeSpan.Zero));

    public bool DeleteTimer(long time, bool isEventTime) => isEventTime
        ? _context.DeleteEventTimer(new DateTimeOffset(time, TimeSpan.Zero))
        : _context.DeleteProcessingTimer(new DateTimeOffset(time, TimeSpan.Zero));

    public void Emit(string text) => _context.Emit(new ProcessEvent(Key, Timestamp, text));

    public void EmitAside(string text) => _context.Emit(Aside, new ProcessEvent(Key, Timestamp, text));
}

/// <summary>Something that a program has given.</summary>
internal sealed record ProcessEvent(int Key, long Timestamp, string Text);
