using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// Lets a number of records of a key through in an interval, which begins with the first of them. Records are judged in the order of their
/// arrival, by their timestamps; one from before the interval counts as part of it.
/// </summary>
internal sealed class ThrottleOperator<TKey, T>(
    KeySelector<T, TKey> key,
    int count,
    long interval,
    SideOutput<T>? rejected,
    Operator<T> next,
    StepCounters counters,
    ErrorHandler errors,
    OperatorContext context)
    : KeyedOperator<TKey, T, T>(key, rejected is null ? [] : [rejected], next, counters, errors, context)
    where TKey : notnull
{
    private readonly StateTable<TKey, Allowance> _keys = new();

    /// <summary>When the interval of the key at a place is over.</summary>
    private readonly PriorityQueue<int, long> _due = new();

    protected override void OnRecord(TKey key, T value, RecordContext context)
    {
        int place = _keys.GetOrAddPlace(key, out bool isNew);
        ref Allowance allowance = ref _keys.StateAt(place);
        if (isNew || context.TimestampTicks >= allowance.End)
        {
            allowance.End = context.TimestampTicks + interval;
            allowance.Used = 0;
            _due.Enqueue(place, allowance.End - 1);
        }

        if (allowance.Used < count)
        {
            allowance.Used++;
            Emit(context.TimestampTicks, in value, context.Origin);
        }
        else if (rejected is null)
        {
            Counters.Dropped++;
        }
        else
        {
            rejected.Add(in value, context);
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
}
