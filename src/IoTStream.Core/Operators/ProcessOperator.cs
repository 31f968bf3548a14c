using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Runs a process function whose state belongs to no key. It is kept as that of a single one, so that it is kept in the same way as all other.</summary>
internal sealed class ProcessOperator<TIn, TOut> : KeyedOperator<int, TIn, TOut>
{
    private readonly Process<TIn, TOut> _function;
    private readonly KeyedStore<int> _store;
    private readonly ProcessContext<TOut> _context;
    private long _latestTimestamp = DateTimeOffset.MinValue.Ticks;

    public ProcessOperator(
        Process<TIn, TOut> function,
        IReadOnlyList<TaggedOutput> sides,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(new(static _ => DealtList<int>.Key), [.. sides.Select(side => side.Output)], next, counters, errors, context)
    {
        _function = function;
        _store = new KeyedStore<int>(function.States, hasEventTime: false, context.TimeProvider);
        _context = new ProcessContext<TOut>(_store, Emit, sides, counters);
        if (State is { } state)
        {
            foreach (Func<KeyedStore<int>, StateSerializers, LaneState> list in function.Lists)
            {
                state.Add(list(_store, state.Serializers));
            }

            state.Add(new WatermarkState("event clock", () => _store.EventClock, time => _store.EventClock = time));
            state.Add(new FurthestState("latest timestamp", () => _latestTimestamp, time => _latestTimestamp = time));
        }

        if (function is IDisposable disposable)
        {
            context.Disposables.Add(disposable);
        }
    }

    protected override void OnRecord(int key, TIn value, RecordContext context)
    {
        _latestTimestamp = Math.Max(_latestTimestamp, context.TimestampTicks);
        _store.Enter(key, context);
        _context.IsLate = context.TimestampTicks <= _store.EventClock;
        try
        {
            _function.OnRecord(value, _context);
        }
        finally
        {
            _store.Leave();
        }
    }

    protected override bool OnEventTime(long watermark)
    {
        // Called again for the same watermark if there was no room for its results.
        if (watermark <= _store.EventClock)
        {
            return true;
        }

        _store.EventClock = watermark;
        var record = new RecordContext(watermark == Watermark.End ? _latestTimestamp : watermark, Origin);
        _store.Enter(DealtList<int>.Key, record);
        _context.IsLate = false;
        try
        {
            _function.OnWatermark(Ticks.ToInstant(watermark), _context);
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, element: null, record);
        }
        finally
        {
            _store.Leave();
        }

        return true;
    }
}
