using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// Lets a number of records of a key through in an interval, which begins with the first of them. Records are judged in the order of their
/// arrival, by their timestamps; one from before the interval counts as part of it.
/// </summary>
internal sealed class ThrottleOperator<TKey, T> : KeyedOperator<TKey, T, T>
    where TKey : notnull
{
    private readonly int _count;
    private readonly long _interval;
    private readonly SideOutput<T>? _rejected;
    private readonly StateTable<TKey, Allowance> _keys = new();

    /// <summary>When the interval of the key at a place is over.</summary>
    private readonly PriorityQueue<int, long> _due = new();

    public ThrottleOperator(
        KeySelector<T, TKey> key,
        int count,
        long interval,
        SideOutput<T>? rejected,
        Operator<T> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, rejected is null ? [] : [rejected], next, counters, errors, context)
    {
        _count = count;
        _interval = interval;
        _rejected = rejected;
        State?.Add(new DurableStateTable<TKey, Allowance>("keys", _keys, State.Serializers.Of<TKey>(), new Allowances(this)));
    }

    protected override void OnRecord(TKey key, T value, RecordContext context)
    {
        int place = _keys.GetOrAddPlace(key, out bool isNew);
        ref Allowance allowance = ref _keys.StateAt(place);
        if (isNew || context.TimestampTicks >= allowance.End)
        {
            allowance.End = context.TimestampTicks + _interval;
            allowance.Used = 0;
            _due.Enqueue(place, allowance.End - 1);
        }

        if (allowance.Used < _count)
        {
            allowance.Used++;
            _keys.MarkChanged(place);
            Emit(context.TimestampTicks, in value, context.Origin);
        }
        else if (_rejected is null)
        {
            Counters.Dropped++;
        }
        else
        {
            _rejected.Add(in value, context);
        }
    }

    protected override bool OnEventTime(long watermark)
    {
        while (_due.TryPeek(out int place, out long due) && due <= watermark)
        {
            _due.Dequeue();

            // A key that has begun another interval since has another entry for it.
            if (_keys.IsAt(place) && _keys.StateAt(place).End - 1 <= watermark)
            {
                _keys.RemoveAt(place);
            }
        }

        return true;
    }

    private struct Allowance
    {
        public long End;
        public int Used;
    }

    private sealed class Allowances(ThrottleOperator<TKey, T> owner) : EntryValues
    {
        public override string Format => "end and used";

        public override void Write(StateWriter writer, int place)
        {
            ref Allowance allowance = ref owner._keys.StateAt(place);
            writer.Write(allowance.End);
            writer.WriteCount(allowance.Used);
        }

        public override void Read(ref StateReader reader, int place) =>
            owner._keys.StateAt(place) = new Allowance { End = reader.Read<long>(), Used = reader.ReadCount() };

        public override void OnRestored()
        {
            for (int place = 0; place < owner._keys.Places; place++)
            {
                if (owner._keys.IsAt(place))
                {
                    owner._due.Enqueue(place, owner._keys.StateAt(place).End - 1);
                }
            }
        }
    }
}
