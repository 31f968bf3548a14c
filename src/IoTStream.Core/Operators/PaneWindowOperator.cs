using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Windows that each have a pane of their own: tumbling ones, and overlapping ones of aggregates that cannot be merged.</summary>
internal sealed class PaneWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> : WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
    where TKey : notnull
    where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut>
{
    private readonly PaneList<TKey, TAccumulator> _panes = new();
    private readonly WindowSettings _windows;
    private readonly LateResults<TKey> _lateResults = new();

    /// <summary>All windows whose last instant is this or earlier have fired.</summary>
    private long _firedTo = Watermark.None;

    /// <summary>Of the record that is being processed, the windows that start after this are done.</summary>
    private long _windowsLeft = long.MaxValue;

    public PaneWindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        WindowSettings windows,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, aggregate, late, next, counters, errors, context)
    {
        _windows = windows;
        if (State is { } state)
        {
            Keep(
                state, "panes", _panes, windows.Words, _ => windows.Size, (pane, watermark) => windows.HasExpired(pane.End, watermark),
                state.Serializers.OfAccumulator<TIn, TAccumulator, TOut, TAggregate>(aggregate));
            Keep(
                state, "late results", _lateResults.Counts, windows.Words, _ => windows.Size,
                (pane, watermark) => windows.HasExpired(pane.End, watermark), state.Serializers.Of<int>());
        }
    }

    protected override void GoOnFrom(long watermark) => _firedTo = watermark;

    protected override bool Fire(long watermark)
    {
        int index = _firedTo == Watermark.None ? 0 : _panes.IndexFrom(_firedTo - _windows.Size + 2);
        for (; index < _panes.Count; index++)
        {
            Pane<TKey, TAccumulator> pane = _panes[index];
            if (!WindowSettings.HasFired(pane.End, watermark))
            {
                break;
            }

            if (!EmitResults(
                new PaneContents<TKey, TIn, TAccumulator, TOut, TAggregate>(pane.Table, Aggregate), new Window(pane.Start, pane.End)))
            {
                return false;
            }

            _firedTo = pane.End - 1;
        }

        _firedTo = watermark;
        int expired = 0;
        while (expired < _panes.Count && _windows.HasExpired(_panes[expired].End, watermark))
        {
            expired++;
        }

        _panes.RemoveFirst(expired);
        _lateResults.Forget(_windows.AllowedLateness, watermark);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Only tumbling windows have a common case: a record of overlapping ones goes into several panes.</remarks>
    protected override Pane<TKey, TAccumulator>? PaneOnTime(long timestamp)
    {
        if (_windows.Size != _windows.Slide)
        {
            return null;
        }

        long start = _windows.LastStart(timestamp);
        return WindowSettings.HasFired(start + _windows.Size, CurrentWatermark) ? null : _panes.GetOrAdd(start, _windows.Size);
    }

    /// <inheritdoc/>
    protected override bool AddSlowly(scoped in Batch<TIn> batch, int index)
    {
        TIn value = batch.Values[index];
        RecordContext context = batch.Context(index);
        long last = _windows.LastStart(context.TimestampTicks);
        if (_windows.HasExpired(last + _windows.Size, CurrentWatermark))
        {
            AddLate(value, context);
            return true;
        }

        try
        {
            TKey key = KeyOf(in batch, index);
            long watermark = WatermarkOf(key);
            if (_windows.HasExpired(last + _windows.Size, watermark))
            {
                AddLate(value, context);
            }

            for (long start = Math.Min(last, _windowsLeft); start + _windows.Size > context.TimestampTicks; start -= _windows.Slide)
            {
                long end = start + _windows.Size;
                if (_windows.HasExpired(end, watermark))
                {
                    break;
                }

                if (!HasSpace)
                {
                    _windowsLeft = start;
                    return false;
                }

                ref TAccumulator accumulator = ref Add(_panes.GetOrAdd(start, _windows.Size).Table, key, value, context, out bool isNew);
                if (WindowSettings.HasFired(end, watermark))
                {
                    AddLateResult(key, new Window(start, end), in accumulator, _lateResults.Next(key, start, end, wasOnTime: !isNew));
                }
            }
        }
        catch (Exception exception) when (exception is not StepException)
        {
            Errors.Handle(exception, value, context);
        }

        _windowsLeft = long.MaxValue;
        return true;
    }
}
