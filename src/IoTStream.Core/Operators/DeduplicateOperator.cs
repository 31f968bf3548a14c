using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Lets a record through unless one with the same key and id has been, less than a time before or after it.</summary>
internal sealed class DeduplicateOperator<TKey, T, TId> : KeyedOperator<TKey, T, T>
    where TKey : notnull
    where TId : notnull
{
    private readonly Func<T, TId> _id;
    private readonly ulong _within;
    private readonly KeyedStore<(TKey Key, TId Id)> _store;
    private readonly ValueState<long> _passed;

    public DeduplicateOperator(
        Func<T, TId> id,
        TimeSpan within,
        KeySelector<T, TKey> key,
        Operator<T> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, [], next, counters, errors, context)
    {
        _id = id;
        _within = (ulong)within.Ticks;
        var states = new StateSet();
        _passed = states.Value<long>("passed", ttl: StateTtl.ByEventTime(within));
        _store = new KeyedStore<(TKey, TId)>(states, hasEventTime: true, context.TimeProvider);
        if (State is { } state)
        {
            var ids = new TwoSerializer<TKey, TId>(state.Serializers.Of<TKey>(), state.Serializers.Of<TId>());
            state.Add(_store.Durable("ids", ids, state.Serializers, OwnershipByKey));
            state.Add(new WatermarkState("event clock", () => _store.EventClock, time => _store.EventClock = time));
        }
    }

    protected override void OnRecord(TKey key, T value, RecordContext context)
    {
        TId id = _id(value) ?? throw new InvalidOperationException("The id by which Deduplicate tells records apart is null.");
        _store.Enter((key, id), context);
        try
        {
            long timestamp = context.TimestampTicks;
            bool isKnown = _passed.TryGet(out long passed);
            if (isKnown && Distance(timestamp, passed) < _within)
            {
                Counters.Dropped++;
                return;
            }

            _passed.Value = isKnown ? Math.Max(passed, timestamp) : timestamp;
            Emit(timestamp, in value, context.Origin);
        }
        finally
        {
            _store.Leave();
        }
    }

    protected override bool OnEventTime(long watermark)
    {
        _store.EventClock = watermark;
        return true;
    }

    private static Func<(TKey Key, TId Id), bool> OwnershipByKey(KeyOwnership keys)
    {
        var owner = (KeyOwnership<TKey>)keys;
        return found => owner.Owns(found.Key);
    }

    private static ulong Distance(long a, long b) => unchecked(a > b ? (ulong)a - (ulong)b : (ulong)b - (ulong)a);
}
