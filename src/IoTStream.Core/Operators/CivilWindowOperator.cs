using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Windows of a calendar: they follow each other without gap or overlap, and each is as long as it happens to be. The calendar is asked once a
/// window; all else is a comparison with the bounds of a pane.
/// </summary>
internal sealed class CivilWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> : WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
    where TKey : notnull
    where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut>
{
    private readonly PaneList<TKey, TAccumulator> _panes = new();
    private readonly LateResults<TKey> _lateResults = new();
    private readonly CivilWindowSettings _windows;

    /// <summary>The window that was asked for last.</summary>
    private Window _asked;

    /// <summary>All windows whose last instant is this or earlier have fired.</summary>
    private long _firedTo = Watermark.None;

    public CivilWindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        CivilWindowSettings windows,
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
                state, "panes", _panes, windows.Calendar.Words, LengthOf, (pane, watermark) => HasExpired(pane.End, watermark),
                state.Serializers.OfAccumulator<TIn, TAccumulator, TOut, TAggregate>(aggregate));
            Keep(
                state, "late results", _lateResults.Counts, windows.Calendar.Words, LengthOf, (pane, watermark) => HasExpired(pane.End, watermark),
                state.Serializers.Of<int>());
        }
    }

    protected override void GoOnFrom(long watermark) => _firedTo = watermark;

    protected override bool Fire(long watermark)
    {
        for (int index = FirstToFire(); index < _panes.Count; index++)
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
        while (expired < _panes.Count && HasExpired(_panes[expired].End, watermark))
        {
            expired++;
        }

        _panes.RemoveFirst(expired);
        _lateResults.Forget(_windows.AllowedLateness, watermark);
        return true;
    }

    protected override Pane<TKey, TAccumulator>? PaneOnTime(long timestamp)
    {
        Window window = WindowOf(timestamp);
        return WindowSettings.HasFired(window.EndTicks, CurrentWatermark) ? null : PaneOf(window);
    }

    protected override bool AddSlowly(scoped in Batch<TIn> batch, int index)
    {
        TIn value = batch.Values[index];
        RecordContext context = batch.Context(index);
        Window window = WindowOf(context.TimestampTicks);
        if (HasExpired(window.EndTicks, CurrentWatermark))
        {
            AddLate(value, context);
            return true;
        }

        try
        {
            TKey key = KeyOf(in batch, index);
            long watermark = WatermarkOf(key);
            if (watermark > CurrentWatermark && HasExpired(window.EndTicks, watermark))
            {
                AddLate(value, context);
                return true;
            }

            ref TAccumulator accumulator = ref Add(PaneOf(window).Table, key, value, context, out bool isNew);
            if (WindowSettings.HasFired(window.EndTicks, watermark))
            {
                AddLateResult(key, window, in accumulator, _lateResults.Next(key, window.StartTicks, window.EndTicks, wasOnTime: !isNew));
            }
        }
        catch (Exception exception) when (exception is not StepException)
        {
            Errors.Handle(exception, value, context);
        }

        return true;
    }

    /// <summary>The window that was open when the last of those that have fired ended may be the one before the first that starts later.</summary>
    private int FirstToFire()
    {
        int index = _panes.IndexFrom(_firedTo);
        return index > 0 && !WindowSettings.HasFired(_panes[index - 1].End, _firedTo) ? index - 1 : index;
    }

    private bool HasExpired(long end, long watermark) => WindowSettings.HasExpired(end, _windows.AllowedLateness, watermark);

    private long LengthOf(long windowStart)
    {
        Window window = WindowOf(windowStart);
        return window.EndTicks - windowStart;
    }

    private Pane<TKey, TAccumulator> PaneOf(Window window) => _panes.GetOrAdd(window.StartTicks, window.EndTicks - window.StartTicks);

    private Window WindowOf(long timestamp)
    {
        if (timestamp < _asked.StartTicks || timestamp >= _asked.EndTicks)
        {
            _asked = _windows.Calendar.WindowOf(timestamp);
        }

        return _asked;
    }
}
