using System.Runtime.CompilerServices;
using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Overlapping windows of an aggregate that can be merged. A record is folded once, into the slice that it falls into; a window is merged
/// from its slices when it fires. Slices are as long as the greatest common divisor of size and slide, so every window is a whole number
/// of them.
/// </summary>
internal sealed class SlicedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> : WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
    where TKey : notnull
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    private readonly PaneList<TKey, TAccumulator> _slices = new();
    private readonly PaneTable<TKey, TAccumulator> _merged = new();
    private readonly long _sliceSize;
    private Pane<TKey, TAccumulator>? _current;

    /// <summary>All windows whose last instant is this or earlier have fired.</summary>
    private long _firedTo = Watermark.None;

    /// <summary>The window that is being fired and has been merged.</summary>
    private long? _firing;

    /// <summary>Of the record that is being processed, the late windows that start after this are done; null if it is not in its slice yet.</summary>
    private long? _windowsLeft;

    public SlicedWindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        WindowSettings windows,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, aggregate, windows, late, next, counters, errors, context) =>
        _sliceSize = GreatestCommonDivisor(windows.Size, windows.Slide);

    protected override bool Fire(long watermark)
    {
        _current = null;
        while (_firing is { } start || NextDue(watermark, out start))
        {
            if (_firing is null)
            {
                try
                {
                    Merge(start);
                }
                catch (Exception exception)
                {
                    // It concerns all records of a key, so there is no single one to skip or to put aside.
                    throw new StepException(Counters.Step, exception);
                }

                _firing = start;
            }

            if (!EmitResults(_merged, start))
            {
                return false;
            }

            _firing = null;
            _firedTo = start + Windows.Size - 1;
        }

        _firedTo = watermark;
        int expired = 0;
        while (expired < _slices.Count && Windows.HasExpired(Windows.LastStart(_slices[expired].Start) + Windows.Size, watermark))
        {
            expired++;
        }

        _slices.RemoveFirst(expired);
        return true;
    }

    /// <summary>The start of the first window that has records, is due and has not fired.</summary>
    private bool NextDue(long watermark, out long start)
    {
        start = 0;

        // The first window with a last instant after _firedTo starts after _firedTo - Size + 1.
        int index = 0;
        if (_firedTo != Watermark.None)
        {
            if (_firedTo == Watermark.End)
            {
                return false;
            }

            start = Windows.LastStart(_firedTo - Windows.Size + 1) + Windows.Slide;
            index = _slices.IndexFrom(start);
        }

        if (index == _slices.Count)
        {
            return false;
        }

        long firstWithSlice = FirstStart(_slices[index].Start);
        start = _firedTo == Watermark.None ? firstWithSlice : Math.Max(start, firstWithSlice);
        return WindowSettings.HasFired(start + Windows.Size, watermark);
    }

    /// <summary>The start of the first window that holds an instant.</summary>
    private long FirstStart(long timestamp)
    {
        long beforeFirst = Windows.LastStart(timestamp - Windows.Size);
        return beforeFirst + Windows.Slide;
    }

    private void Merge(long start)
    {
        TAggregate aggregate = Aggregate;
        _merged.Clear();
        int index = _slices.IndexFrom(start);
        for (; index < _slices.Count && _slices[index].Start < start + Windows.Size; index++)
        {
            foreach (ref readonly PaneTable<TKey, TAccumulator>.Entry entry in _slices[index].Table.Entries)
            {
                ref TAccumulator accumulator = ref _merged.GetOrAdd(entry.Key, out bool isNew);
                if (isNew)
                {
                    accumulator = aggregate.Create();
                }

                aggregate.Merge(ref accumulator, in entry.Accumulator);
            }
        }
    }

    /// <inheritdoc/>
    protected override int AddOnTime(scoped in Batch<TIn> batch, int start)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        OriginColumn origins = batch.Origins;
        KeySelector<TIn, TKey> key = Key;
        TAggregate aggregate = Aggregate;
        ulong size = (ulong)_sliceSize;
        Pane<TKey, TAccumulator>? slice = _current;
        PaneTable<TKey, TAccumulator>? table = slice?.Table;
        long sliceStart = slice is null ? long.MinValue : slice.Start;
        int i = start;
        try
        {
            for (; i < values.Length; i++)
            {
                long timestamp = timestamps[i];
                if (table is null || (ulong)(timestamp - sliceStart) >= size)
                {
                    if (WindowSettings.HasFired(FirstStart(timestamp) + Windows.Size, CurrentWatermark))
                    {
                        break;
                    }

                    sliceStart = Ticks.Floor(timestamp, _sliceSize, Windows.Offset);
                    slice = _slices.GetOrAdd(sliceStart);
                    table = slice.Table;
                }

                ref TAccumulator accumulator = ref table.GetOrAdd(NotNull(key.Invoke(values[i], in batch, i)), out bool isNew);
                if (isNew)
                {
                    AddFirst(table, ref accumulator, values[i], new RecordContext(timestamp, origins[i]));
                }
                else
                {
                    aggregate.Add(ref accumulator, values[i], new RecordContext(timestamp, origins[i]));
                }
            }
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, values[i], batch.Context(i));
            i++;
        }

        _current = slice;
        return i;
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
            if (_windowsLeft is null)
            {
                PaneTable<TKey, TAccumulator> table = _slices.GetOrAdd(Ticks.Floor(context.TimestampTicks, _sliceSize, Windows.Offset)).Table;
                ref TAccumulator accumulator = ref table.GetOrAdd(key, out bool isNew);
                if (isNew)
                {
                    AddFirst(table, ref accumulator, value, context);
                }
                else
                {
                    Aggregate.Add(ref accumulator, value, context);
                }

                _windowsLeft = last;
            }

            if (!FireAgain(key, context.TimestampTicks))
            {
                return false;
            }
        }
        catch (Exception exception) when (exception is not StepException)
        {
            Errors.Handle(exception, value, context);
        }

        _windowsLeft = null;
        return true;
    }

    /// <summary>Gives the results of a key for the windows around a timestamp that have fired and not expired, from the last to the first.</summary>
    private bool FireAgain(TKey key, long timestamp)
    {
        for (long start = _windowsLeft!.Value; start + Windows.Size > timestamp; start -= Windows.Slide)
        {
            long end = start + Windows.Size;
            if (Windows.HasExpired(end, CurrentWatermark))
            {
                break;
            }

            if (!WindowSettings.HasFired(end, CurrentWatermark))
            {
                continue;
            }

            if (!HasSpace)
            {
                _windowsLeft = start;
                return false;
            }

            TAccumulator merged = Aggregate.Create();
            for (int index = _slices.IndexFrom(start); index < _slices.Count && _slices[index].Start < end; index++)
            {
                ref TAccumulator slice = ref _slices[index].Table.TryGet(key);
                if (!Unsafe.IsNullRef(ref slice))
                {
                    Aggregate.Merge(ref merged, in slice);
                }
            }

            AddResult(key, start, in merged, WindowTiming.Late, pane: 1);
        }

        return true;
    }

    private static long GreatestCommonDivisor(long a, long b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
