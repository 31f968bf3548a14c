using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Records joined with the version of their key's row that was valid at their time. A record waits until the watermark of the table, the right
/// input, has reached its timestamp: then no version that it should be joined with is missing, in whatever order the inputs came. Of a row
/// that version is kept which is the last one before any record to come, and all after it.
/// </summary>
internal sealed class AsOfJoinOperator<TKey, TLeft, TRow, TOut> : TwoInputOperator<TLeft, TRow, TOut>
    where TKey : notnull
{
    private readonly KeySelector<TLeft, TKey> _leftKey;
    private readonly KeySelector<TRow, TKey> _rowKey;
    private readonly AsOfJoinSettings<TRow> _settings;
    private readonly Func<TLeft, TRow, TOut> _result;
    private readonly SideOutput<TLeft>? _late;
    private readonly StateTable<TKey, TableVersions<TRow>> _rows = new();
    private readonly TimelinePool<TableVersion<TRow>> _pool = new();
    private readonly OrderedBuffer<TLeft> _waiting = new();

    /// <summary>For each key of which something will be over, a time at which to look.</summary>
    private readonly TimerQueue<TKey> _timers = new();

    /// <summary>No record up to this time is to be joined any more.</summary>
    private long _doneUntil = Watermark.None;

    /// <param name="inputs">How many of the two inputs exist on this lane.</param>
    /// <param name="leftKey">The key of a record.</param>
    /// <param name="rowKey">The key of a row.</param>
    /// <param name="settings">Which versions there are, and which records join.</param>
    /// <param name="result">The result of a record and a row; a record without one is given with a default value.</param>
    /// <param name="late">Where records go that come too late, if anywhere.</param>
    /// <param name="next">What follows.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">What happens to records and rows that fail.</param>
    /// <param name="context">The lane.</param>
    public AsOfJoinOperator(
        int inputs,
        KeySelector<TLeft, TKey> leftKey,
        KeySelector<TRow, TKey> rowKey,
        AsOfJoinSettings<TRow> settings,
        Func<TLeft, TRow, TOut> result,
        SideOutput<TLeft>? late,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(inputs, late is null ? [] : [late], next, counters, errors, context)
    {
        _leftKey = leftKey;
        _rowKey = rowKey;
        _settings = settings;
        _result = result;
        _late = late;
        if (State is { } state)
        {
            state.Add(new DurableStateTable<TKey, TableVersions<TRow>>("rows", _rows, state.Serializers.Of<TKey>(), new Versions(this, state.Serializers.Of<TRow>())));
            state.Add(new BufferedRecords<TKey, TLeft>("waiting", _waiting, leftKey.Invoke, state));
            state.Add(new WatermarkState("done until", () => _doneUntil, time => _doneUntil = time));
        }
    }

    /// <summary>How many keys something is kept of.</summary>
    public int Keys => _rows.Count;

    /// <summary>How many records wait for the table.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>How many versions are kept of a key's row.</summary>
    public int VersionsOf(TKey key) => _rows.PlaceOf(key) < 0 ? 0 : _rows.TryGet(key).Timeline.Count;

    protected override int OnLeft(scoped in Batch<TLeft> batch)
    {
        long lateUntil = Ticks.Add(LeftWatermark, -_settings.AllowedLateness);
        long known = RightWatermark;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        int i = 0;
        while (i < timestamps.Length)
        {
            if (IsFull && !SendUnsent())
            {
                return i;
            }

            if (timestamps[i] <= lateUntil)
            {
                AddLate(in batch, i++);
            }
            else if (timestamps[i] <= known)
            {
                Join(in batch, i++);
            }
            else
            {
                int end = i + 1;
                while (end < timestamps.Length && timestamps[end] > lateUntil && timestamps[end] > known)
                {
                    end++;
                }

                _waiting.Add(batch.Slice(i, end - i));
                i = end;
            }
        }

        return i;
    }

    protected override int OnRight(scoped in Batch<TRow> batch)
    {
        long lateUntil = RightWatermark;
        for (int i = 0; i < batch.Count; i++)
        {
            if (IsFull && !SendUnsent())
            {
                return i;
            }

            if (batch.Timestamps[i] <= lateUntil)
            {
                // Records that should have been joined with it may have left; those to come are.
                Counters.Late++;
            }

            try
            {
                Add(in batch, i);
            }
            catch (Exception exception)
            {
                Errors.Handle(exception, batch.Values[i], batch.Context(i));
            }
        }

        return batch.Count;
    }

    protected override bool OnInputWatermarks() => GiveKnown();

    protected override bool OnEventTime(long watermark)
    {
        if (!GiveKnown())
        {
            return false;
        }

        if (watermark == Watermark.End)
        {
            _rows.Clear();
            _timers.Clear();
            return true;
        }

        _doneUntil = Math.Max(_doneUntil, Ticks.Add(watermark, -_settings.AllowedLateness));
        while (_timers.FirstTime <= _doneUntil && _timers.Count > 0)
        {
            TKey key = _timers.FirstKey;
            _timers.RemoveFirst();
            ref TableVersions<TRow> row = ref _rows.TryGet(key);
            row.HasTimer = false;
            DropOver(key, ref row);
        }

        return true;
    }

    /// <summary>Gives the records for which the table is known, in the order of time, until there is no room.</summary>
    private bool GiveKnown()
    {
        long known = RightWatermark;
        while (true)
        {
            Batch<TLeft> first = _waiting.First(known);
            if (first.Count == 0)
            {
                return true;
            }

            int given = 0;
            while (given < first.Count && !IsFull)
            {
                Join(in first, given++);
            }

            _waiting.Take(given);
            if (IsFull)
            {
                return false;
            }
        }
    }

    private void Join(scoped in Batch<TLeft> batch, int index)
    {
        TLeft value = batch.Values[index];
        RecordContext context = batch.Context(index);
        TOut result;
        try
        {
            TKey key = KeySelectors.NotNull(_leftKey.Invoke(value, in batch, index));
            if (!TryFind(key, context.TimestampTicks, out TRow row) && !_settings.IsOuter)
            {
                return;
            }

            result = _result(value, row);
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, value, context);
            return;
        }

        Emit(context.TimestampTicks, in result, context.Origin);
    }

    private bool TryFind(TKey key, long timestamp, out TRow row)
    {
        row = default!;
        int place = _rows.PlaceOf(key);
        if (place < 0)
        {
            return false;
        }

        ref Timeline<TableVersion<TRow>> timeline = ref _rows.StateAt(place).Timeline;
        int valid = timeline.IndexAfter(timestamp) - 1;
        if (valid < timeline.Start || timeline[valid].Value.IsDeletion)
        {
            return false;
        }

        row = timeline[valid].Value.Row;
        return true;
    }

    private void Add(scoped in Batch<TRow> batch, int index)
    {
        TRow value = batch.Values[index];
        TKey key = KeySelectors.NotNull(_rowKey.Invoke(value, in batch, index));
        bool isDeletion = _settings.IsDeletion is { } isGone && isGone(value);
        ref TableVersions<TRow> row = ref _rows.GetOrAdd(key, out _);
        row.Timeline.Add(batch.Timestamps[index], new TableVersion<TRow>(isDeletion ? default! : value, isDeletion), isMatched: false, _pool);
        DropOver(key, ref row);
    }

    /// <summary>Drops the versions that have been replaced before any record to come, and the key if its row was deleted before that.</summary>
    private void DropOver(TKey key, ref TableVersions<TRow> row)
    {
        ref Timeline<TableVersion<TRow>> timeline = ref row.Timeline;
        int valid = timeline.IndexAfter(_doneUntil) - 1;
        if (valid > timeline.Start)
        {
            timeline.DropFirst(valid - timeline.Start);
        }

        long next = timeline.Count > 1 ? timeline[timeline.Start + 1].Timestamp
            : timeline[timeline.Start].Value.IsDeletion ? timeline[timeline.Start].Timestamp
            : long.MaxValue;
        if (next <= _doneUntil && !row.HasTimer)
        {
            timeline.DropFirst(1);
            timeline.Trim(_pool);
            _rows.Remove(key);
        }
        else if (next != long.MaxValue && !row.HasTimer)
        {
            row.HasTimer = true;
            _timers.Add(next, key);
        }
    }

    /// <summary>The versions of a row as bytes. Whether something is over is found out anew when they are restored.</summary>
    private sealed class Versions(AsOfJoinOperator<TKey, TLeft, TRow, TOut> owner, StateSerializer<TRow> rows) : EntryValues
    {
        private readonly VersionSerializer<TRow> _versions = new(rows);

        public override string Format => _versions.Format;

        public override void Write(StateWriter writer, int place) => owner._rows.StateAt(place).Timeline.Write(writer, _versions);

        public override void Read(ref StateReader reader, int place) => owner._rows.StateAt(place).Timeline.Read(ref reader, _versions, owner._pool);

        public override void OnRestored()
        {
            for (int place = 0; place < owner._rows.Places; place++)
            {
                if (owner._rows.IsAt(place))
                {
                    owner.DropOver(owner._rows.KeyAt(place), ref owner._rows.StateAt(place));
                }
            }
        }

        public override EntryValues? Reading(string format) => rows.Reading(format) is { } found ? new Versions(owner, found) : null;
    }

    private void AddLate(scoped in Batch<TLeft> batch, int index)
    {
        Counters.Late++;
        if (_late is null)
        {
            Counters.Dropped++;
        }
        else
        {
            _late.Add(batch.Values[index], batch.Context(index));
        }
    }
}
