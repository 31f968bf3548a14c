using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Runs a process function with rules on one lane: records on the left, what is broadcast on the right.</summary>
internal sealed class KeyedBroadcastProcessOperator<TKey, TIn, TRule, TOut> : TwoInputOperator<TIn, TRule, TOut>, ITimed
    where TKey : notnull
{
    private readonly KeyedBroadcastProcess<TKey, TIn, TRule, TOut> _function;
    private readonly KeySelector<TIn, TKey> _key;
    private readonly KeyedCallbacks<TKey, TOut> _callbacks;
    private readonly BroadcastContext<TKey, TOut> _context;

    public KeyedBroadcastProcessOperator(
        KeyedBroadcastProcess<TKey, TIn, TRule, TOut> function,
        bool hasEventTime,
        KeySelector<TIn, TKey> key,
        int inputs,
        IReadOnlyList<TaggedOutput> sides,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(inputs, [.. sides.Select(side => side.Output)], next, counters, errors, context)
    {
        _function = function;
        _key = key;
        _callbacks = new KeyedCallbacks<TKey, TOut>(
            function.States,
            hasEventTime,
            new ProcessOutput<TOut>(Emit, sides, () => IsFull, Origin),
            timer => function.OnTimer(timer, _callbacks!.Context),
            counters,
            errors,
            context,
            State);
        _context = new BroadcastContext<TKey, TOut>(_callbacks.Store, function.BroadcastStates, context.Number, Emit, sides, counters);
        context.Timed.Add(this);
        if (State is { } state)
        {
            foreach (DurableTable table in function.BroadcastStates.Durable(state.Serializers, areWritten: context.Lane == 0))
            {
                state.Add(table);
            }
        }

        if (function is IDisposable disposable)
        {
            context.Disposables.Add(disposable);
        }
    }

    public long Deadline => HasEnded ? long.MaxValue : _callbacks.Deadline;

    public void OnTime(long now)
    {
        _callbacks.OnTime();
        OnClock(now);
    }

    protected override int OnLeft(scoped in Batch<TIn> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            if (IsFull)
            {
                return i;
            }

            TIn value = batch.Values[i];
            try
            {
                OnRecord(KeySelectors.NotNull(_key.Invoke(value, in batch, i)), value, batch.Context(i));
            }
            catch (Exception exception) when (exception is not StepException)
            {
                Errors.Handle(exception, value, batch.Context(i));
            }
        }

        return batch.Count;
    }

    protected override int OnRight(scoped in Batch<TRule> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            if (IsFull)
            {
                return i;
            }

            TRule rule = batch.Values[i];
            try
            {
                OnBroadcast(rule, batch.Context(i));
            }
            catch (Exception exception) when (exception is not StepException)
            {
                Errors.Handle(exception, rule, batch.Context(i));
            }
        }

        return batch.Count;
    }

    protected override bool OnEventTime(long watermark) => _callbacks.AdvanceTo(watermark);

    protected override bool OnProcessingTime(long now) => _callbacks.FireByProcessingTime();

    private void OnRecord(TKey key, TIn value, RecordContext context)
    {
        _callbacks.Enter(key, context);
        try
        {
            _function.OnRecord(value, _callbacks.Context);
        }
        finally
        {
            _callbacks.Leave();
        }
    }

    private void OnBroadcast(TRule rule, RecordContext context)
    {
        _callbacks.Store.Begin(context);
        _context.IsLate = context.TimestampTicks <= _callbacks.Store.EventClock;
        _function.BroadcastStates.IsWritable = true;
        try
        {
            _function.OnBroadcast(rule, _context);
        }
        finally
        {
            _function.BroadcastStates.IsWritable = false;
        }
    }
}
