using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Runs a process function on one lane.</summary>
internal sealed class KeyedProcessOperator<TKey, TIn, TOut> : KeyedOperator<TKey, TIn, TOut>, ITimed
    where TKey : notnull
{
    private readonly KeyedProcess<TKey, TIn, TOut> _function;
    private readonly KeyedCallbacks<TKey, TOut> _callbacks;
    private readonly bool _isInOrder;

    public KeyedProcessOperator(
        KeyedProcess<TKey, TIn, TOut> function,
        EventOrder order,
        KeySelector<TIn, TKey> key,
        IReadOnlyList<TaggedOutput> sides,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, [.. sides.Select(side => side.Output)], next, counters, errors, context)
    {
        _function = function;
        _isInOrder = order == EventOrder.InOrder;
        _callbacks = new KeyedCallbacks<TKey, TOut>(
            function.States,
            order != EventOrder.None,
            new ProcessOutput<TOut>(Emit, sides, () => IsFull, Origin),
            timer => function.OnTimer(timer, _callbacks!.Context),
            counters,
            errors,
            context,
            State);
        context.Timed.Add(this);
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

    protected override void OnRecord(TKey key, TIn value, RecordContext context)
    {
        if (_isInOrder)
        {
            // No earlier one can follow: event time is there, whatever the watermark.
            _callbacks.AdvanceBefore(context.TimestampTicks);
        }

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

    protected override bool OnEventTime(long watermark) => _callbacks.AdvanceTo(watermark);

    protected override bool OnProcessingTime(long now) => _callbacks.FireByProcessingTime();
}
