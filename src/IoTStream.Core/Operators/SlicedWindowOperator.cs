using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Overlapping windows, of one size or of several, of an aggregate that can be merged. A record is folded once, into the slice that it falls
/// into; the windows move on over the slices.
/// </summary>
internal sealed class SlicedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> : WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
    where TKey : notnull
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    private readonly PaneList<TKey, TAccumulator> _slices = new();
    private readonly Slicing _slicing;
    private readonly SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>[] _totals;
    private readonly KeyHistory<TKey, TIn, TAccumulator, TOut, TAggregate> _history;

    /// <summary>The windows one of which is being fired.</summary>
    private SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>? _firing;

    /// <summary>Of the record that is being processed, whether it is in its slice already, and whether it was the first of its key there.</summary>
    private (bool IsIn, bool IsFirst) _record;

    /// <summary>Of the record that is being processed, the sizes of windows before this are done, and of this size those that start later.</summary>
    private (int Index, long Start) _done = (0, long.MaxValue);

    public SlicedWindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        WindowSettings[] windows,
        Func<WindowSettings, PaneList<TKey, TAccumulator>, int, SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>> totals,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, aggregate, late, next, counters, errors, context)
    {
        _slicing = new Slicing(windows);
        _totals = [.. windows.Select((settings, index) => totals(settings, _slices, index))];
        _history = new KeyHistory<TKey, TIn, TAccumulator, TOut, TAggregate>(aggregate);
        if (State is { } state)
        {
            Keep(
                state, "slices", _slices, string.Join(" and ", windows.Select(settings => settings.Words)), LengthOf,
                (slice, watermark) => _slicing.HasExpired(slice.Start, watermark),
                state.Serializers.OfAccumulator<TIn, TAccumulator, TOut, TAggregate>(aggregate));
            for (int i = 0; i < windows.Length; i++)
            {
                WindowSettings settings = windows[i];
                Keep(
                    state, string.Create(CultureInfo.InvariantCulture, $"late results {i}"), _totals[i].LateResults.Counts, settings.Words, _ => settings.Size,
                    (pane, watermark) => settings.HasExpired(pane.End, watermark), state.Serializers.Of<int>());
            }
        }
    }

    protected override void GoOnFrom(long watermark)
    {
        foreach (SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate> totals in _totals)
        {
            totals.GoOnFrom(watermark);
        }
    }

    protected override bool Fire(long watermark)
    {
        if (_firing is not null && !EmitResults())
        {
            return false;
        }

        while (MoveToNextDue(watermark))
        {
            if (!EmitResults())
            {
                return false;
            }
        }

        Settle(watermark);
        int expired = 0;
        while (expired < _slices.Count && _slicing.HasExpired(_slices[expired].Start, watermark))
        {
            expired++;
        }

        _slices.RemoveFirst(expired);
        return true;
    }

    /// <inheritdoc/>
    protected override Pane<TKey, TAccumulator>? PaneOnTime(long timestamp)
    {
        (long start, long end) = _slicing.SliceOf(timestamp);
        return WindowSettings.HasFired(end, CurrentWatermark) ? null : _slices.GetOrAdd(start, end - start);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The slice of such a record may have entered the totals that windows go on from. So the totals of the record's key are computed anew, which
    /// is dear, but behind the watermark records are few.
    /// </remarks>
    protected override bool AddSlowly(scoped in Batch<TIn> batch, int index)
    {
        TIn value = batch.Values[index];
        RecordContext context = batch.Context(index);
        long timestamp = context.TimestampTicks;
        if (_slicing.HasExpired(timestamp, CurrentWatermark))
        {
            AddLate(value, context);
            return true;
        }

        try
        {
            TKey key = KeyOf(in batch, index);
            long watermark = WatermarkOf(key);
            if (watermark > CurrentWatermark && _slicing.HasExpired(timestamp, watermark))
            {
                AddLate(value, context);
                return true;
            }

            if (!_record.IsIn)
            {
                (long start, long end) = _slicing.SliceOf(timestamp);
                bool isFirst;
                try
                {
                    Add(_slices.GetOrAdd(start, end - start).Table, key, value, context, out isFirst);
                }
                finally
                {
                    // If it failed halfway, what it did is in the slice nevertheless: totals that did not know of it would be wrong when the slice leaves.
                    Refresh(key, start);
                }

                _record = (IsIn: true, isFirst);
            }

            if (!FireAgain(key, timestamp, watermark))
            {
                return false;
            }
        }
        catch (Exception exception) when (exception is not StepException)
        {
            Errors.Handle(exception, value, context);
        }

        _record = default;
        _done = (0, long.MaxValue);
        return true;
    }

    /// <summary>Gives the results of a key for the windows around a timestamp that have fired and not expired, of each size from the last to the first.</summary>
    private bool FireAgain(TKey key, long timestamp, long watermark)
    {
        for (; _done.Index < _totals.Length; _done = (_done.Index + 1, long.MaxValue))
        {
            WindowSettings windows = _totals[_done.Index].Windows;
            long last = Math.Min(windows.LastStart(timestamp), _done.Start);
            while (last + windows.Size > timestamp && !WindowSettings.HasFired(last + windows.Size, watermark))
            {
                last -= windows.Slide;
            }

            if (last + windows.Size > timestamp && !windows.HasExpired(last + windows.Size, watermark) && !FireAgain(key, timestamp, watermark, last))
            {
                return false;
            }
        }

        return true;
    }

    private bool FireAgain(TKey key, long timestamp, long watermark, long last)
    {
        WindowSettings windows = _totals[_done.Index].Windows;
        _history.Collect(_slices, key, timestamp - windows.Size, last + windows.Size);
        for (long start = last; start + windows.Size > timestamp; start -= windows.Slide)
        {
            var window = new Window(start, start + windows.Size);
            if (windows.HasExpired(window.EndTicks, watermark))
            {
                break;
            }

            if (!HasSpace)
            {
                _done.Start = start;
                return false;
            }

            TAccumulator total;
            try
            {
                _history.MoveTo(window);
                total = _history.Total;
            }
            catch (Exception exception)
            {
                throw Failed(exception);
            }

            bool wasOnTime = _history.Count > (_record.IsFirst ? 1 : 0);
            int pane = _totals[_done.Index].LateResults.Next(key, start, window.EndTicks, wasOnTime);
            AddLateResult(key, window, in total, pane);
        }

        _history.Clear();
        return true;
    }

    private long LengthOf(long sliceStart)
    {
        (long start, long end) = _slicing.SliceOf(sliceStart);
        return end - start;
    }

    private bool EmitResults()
    {
        if (!_firing!.EmitResults(this))
        {
            return false;
        }

        _firing = null;
        return true;
    }

    /// <summary>Makes the due window that ends first the one that is being fired.</summary>
    /// <returns>Whether there is one.</returns>
    private bool MoveToNextDue(long watermark)
    {
        long first = long.MaxValue;
        foreach (SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate> totals in _totals)
        {
            if (totals.NextDue(watermark, out long start) && start + totals.Windows.Size < first)
            {
                first = start + totals.Windows.Size;
                _firing = totals;
            }
        }

        try
        {
            _firing?.MoveTo(first - _firing.Windows.Size);
            return _firing is not null;
        }
        catch (Exception exception)
        {
            throw Failed(exception);
        }
    }

    private void Settle(long watermark)
    {
        try
        {
            foreach (SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate> totals in _totals)
            {
                totals.Settle(watermark);
            }
        }
        catch (Exception exception)
        {
            throw Failed(exception);
        }
    }

    private void Refresh(TKey key, long sliceStart)
    {
        try
        {
            foreach (SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate> totals in _totals)
            {
                totals.Refresh(key, sliceStart);
            }
        }
        catch (Exception exception)
        {
            throw Failed(exception);
        }
    }

    /// <summary>A merge that fails concerns all records of a key, so there is no single one to skip or to put aside.</summary>
    private StepException Failed(Exception exception) => new(Counters.Step, exception);
}
