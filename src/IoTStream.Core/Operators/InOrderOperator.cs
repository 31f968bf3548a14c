using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Keeps records until no earlier one is expected any more, and gives them in the order of their timestamps.</summary>
internal sealed class InOrderOperator<TKey, T> : KeyedOperator<TKey, T, T>
    where TKey : notnull
{
    private readonly OrderedBuffer<T> _waiting = new();
    private readonly SideOutput<T>? _late;

    public InOrderOperator(
        KeySelector<T, TKey> key,
        SideOutput<T>? late,
        Operator<T> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, late is null ? [] : [late], next, counters, errors, context)
    {
        _late = late;
        State?.Add(new BufferedRecords<TKey, T>("waiting", _waiting, key.Invoke, State));
    }

    protected override void OnRecord(TKey key, T value, RecordContext context)
    {
        if (context.TimestampTicks > CurrentWatermark)
        {
            _waiting.Add(in value, context);
            return;
        }

        Counters.Late++;
        if (_late is null)
        {
            Counters.Dropped++;
        }
        else
        {
            _late.Add(in value, context);
        }
    }

    protected override bool OnEventTime(long watermark)
    {
        while (!IsFull)
        {
            if (!_waiting.TryTake(watermark, out T value, out RecordContext context))
            {
                return true;
            }

            Emit(context.TimestampTicks, in value, context.Origin);
        }

        return false;
    }
}
