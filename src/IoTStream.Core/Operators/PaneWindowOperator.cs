using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private Pane<TKey, TAccumulator>? _current;

    /// <summary>The record of the batch that is being added.</summary>
    private int _position;

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
        : base(key, aggregate, windows, late, next, counters, errors, context)
    {
    }

    protected override bool Fire(long watermark)
    {
        _current = null;
        int index = _firedTo == Watermark.None ? 0 : _panes.IndexFrom(_firedTo - Windows.Size + 2);
        for (; index < _panes.Count; index++)
        {
            Pane<TKey, TAccumulator> pane = _panes[index];
            long end = pane.Start + Windows.Size;
            if (!WindowSettings.HasFired(end, watermark))
            {
                break;
            }

            if (!EmitResults(pane.Table, pane.Start))
            {
                return false;
            }

            _firedTo = end - 1;
        }

        _firedTo = watermark;
        int expired = 0;
        while (expired < _panes.Count && Windows.HasExpired(_panes[expired].Start + Windows.Size, watermark))
        {
            expired++;
        }

        _panes.RemoveFirst(expired);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Only tumbling windows have a common case: a record of overlapping ones goes into several panes.</remarks>
    protected override int AddOnTime(scoped in Batch<TIn> batch, int start)
    {
        if (Windows.Size != Windows.Slide)
        {
            return start;
        }

        _position = start;
        try
        {
            while (_position < batch.Count && FindPane(batch.Timestamps[_position]) is { } pane)
            {
                AddToPane(in batch, pane);
            }
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, batch.Values[_position], batch.Context(_position));
            _position++;
        }

        return _position;
    }

    /// <summary>The pane of a timestamp's window, or null if that has fired.</summary>
    private Pane<TKey, TAccumulator>? FindPane(long timestamp)
    {
        if (_current is { } current && (ulong)(timestamp - current.Start) < (ulong)Windows.Size)
        {
            return current;
        }

        long start = Windows.LastStart(timestamp);
        return WindowSettings.HasFired(start + Windows.Size, CurrentWatermark) ? null : _current = _panes.GetOrAdd(start);
    }

    /// <summary>
    /// Adds records as long as they fall into a pane. This loop is what a pipeline of windows spends its time in: it has nothing else in it,
    /// so that all it needs stays in registers, and keeps its position where whoever catches an exception finds it.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddToPane(scoped in Batch<TIn> batch, Pane<TKey, TAccumulator> pane)
    {
        ref long timestamps = ref MemoryMarshal.GetReference(batch.Timestamps);
        ref TIn values = ref MemoryMarshal.GetReference(batch.Values);
        RecordOrigin? origin = batch.Origins.Uniform;
        KeySelector<TIn, TKey> key = Key;
        TAggregate aggregate = Aggregate;
        PaneTable<TKey, TAccumulator> table = pane.Table;
        long start = pane.Start;
        ulong size = (ulong)Windows.Size;
        int count = batch.Count;
        int i = _position;
        for (; i < count; i++)
        {
            long timestamp = Unsafe.Add(ref timestamps, i);
            if ((ulong)(timestamp - start) >= size)
            {
                break;
            }

            _position = i;
            ref TIn value = ref Unsafe.Add(ref values, i);
            ref TAccumulator accumulator = ref table.GetOrAdd(NotNull(key.Invoke(value, in batch, i)), out bool isNew);
            if (isNew)
            {
                AddFirst(table, ref accumulator, value, new RecordContext(timestamp, origin ?? batch.Origins[i]));
            }
            else
            {
                aggregate.Add(ref accumulator, value, new RecordContext(timestamp, origin ?? batch.Origins[i]));
            }
        }

        _position = i;
    }

    /// <inheritdoc/>
    protected override bool AddSlowly(scoped in Batch<TIn> batch, int index)
    {
        TIn value = batch.Values[index];
        RecordContext context = batch.Context(index);
        long last = Windows.LastStart(context.TimestampTicks);
        if (Windows.HasExpired(last + Windows.Size, CurrentWatermark))
        {
            AddLate(value, context);
            return true;
        }

        try
        {
            TKey key = NotNull(Key.Invoke(value, in batch, index));
            for (long start = Math.Min(last, _windowsLeft); start + Windows.Size > context.TimestampTicks; start -= Windows.Slide)
            {
                long end = start + Windows.Size;
                if (Windows.HasExpired(end, CurrentWatermark))
                {
                    break;
                }

                bool isLate = WindowSettings.HasFired(end, CurrentWatermark);
                if (isLate && !HasSpace)
                {
                    _windowsLeft = start;
                    return false;
                }

                PaneTable<TKey, TAccumulator> table = _panes.GetOrAdd(start).Table;
                ref TAccumulator accumulator = ref table.GetOrAdd(key, out bool isNew);
                if (isNew)
                {
                    AddFirst(table, ref accumulator, value, context);
                }
                else
                {
                    Aggregate.Add(ref accumulator, value, context);
                }

                if (isLate)
                {
                    AddResult(key, start, in accumulator, WindowTiming.Late, pane: 1);
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
