using IoTStream.Time;

namespace IoTStream.State;

/// <summary>
/// The last value of each key by event time, or by arrival if there is none. That a key was removed is remembered for as long as records from before the
/// removal may come: until the watermark, less the allowed lateness, has passed it. After that no record from before that point brings an unknown
/// key in.
/// </summary>
/// <param name="hasEventTime">Whether values are in the order of their timestamps, and not of their arrival.</param>
/// <param name="lateness">For how long after the watermark removals are remembered, in ticks; null if there are none.</param>
internal sealed class LatestValues<TKey, T>(bool hasEventTime, long? lateness)
    where TKey : notnull
{
    private readonly StateTable<TKey, Row> _rows = new();
    private readonly bool _remembersRemovals = hasEventTime && lateness is not null;

    /// <summary>Removals up to this time are forgotten.</summary>
    private long _forgottenUntil = Watermark.None;
    private int _swept;

    /// <summary>How many keys have a value.</summary>
    public int Count { get; private set; }

    /// <summary>How many keys something is kept of: those with a value, and those of which it is remembered that they were removed.</summary>
    public int Kept => _rows.Count;

    /// <summary>The keys as a table that the epoch log has too.</summary>
    public DurableTable Durable(StateSerializers serializers) =>
        new DurableStateTable<TKey, Row>("rows", _rows, serializers.Of<TKey>(), new Rows(this, serializers.Of<T>()));

    /// <summary>How far time has got.</summary>
    public LaneState DurableTime() => new WatermarkState("forgotten until", () => _forgottenUntil, time => _forgottenUntil = time);

    /// <summary>Takes a value unless there is a later one, or the key was removed later.</summary>
    /// <returns>False if it is so late that it cannot be known whether the key was removed after it.</returns>
    public bool Put(TKey key, long timestamp, in T value)
    {
        if (IsTooLate(key, timestamp))
        {
            return false;
        }

        ref Row row = ref _rows.GetOrAdd(key, out bool isNew);
        if (isNew || timestamp >= row.Timestamp || !hasEventTime)
        {
            Count += isNew || row.IsRemoval ? 1 : 0;
            row.Timestamp = timestamp;
            row.Value = value;
            row.IsRemoval = false;
        }

        return true;
    }

    /// <summary>Removes a key unless there is a later value.</summary>
    /// <returns>As <see cref="Put"/>.</returns>
    public bool Remove(TKey key, long timestamp)
    {
        if (!hasEventTime)
        {
            Count -= _rows.Remove(key) ? 1 : 0;
            return true;
        }

        if (IsTooLate(key, timestamp))
        {
            return false;
        }

        ref Row row = ref _rows.GetOrAdd(key, out bool isNew);
        if (isNew || timestamp >= row.Timestamp)
        {
            Count -= isNew || row.IsRemoval ? 0 : 1;
            row.Timestamp = timestamp;
            row.Value = default!;
            row.IsRemoval = true;
        }

        return true;
    }

    public bool TryGet(TKey key, out TableEntry<TKey, T> entry)
    {
        int place = _rows.PlaceOf(key);
        bool isThere = place >= 0 && !_rows.StateAt(place).IsRemoval;
        entry = isThere ? EntryAt(place) : default;
        return isThere;
    }

    /// <summary>A copy of all entries, or of those for which a predicate holds. In no particular order.</summary>
    public List<TableEntry<TKey, T>> Copy(Func<TableEntry<TKey, T>, bool>? predicate)
    {
        List<TableEntry<TKey, T>> copy = new(predicate is null ? Count : 0);
        for (int place = 0; place < _rows.Places; place++)
        {
            if (!_rows.IsAt(place) || _rows.StateAt(place).IsRemoval)
            {
                continue;
            }

            TableEntry<TKey, T> entry = EntryAt(place);
            if (predicate is null || predicate(entry))
            {
                copy.Add(entry);
            }
        }

        return copy;
    }

    public void Advance(long watermark)
    {
        if (_remembersRemovals)
        {
            // After a restart the stream may begin lower than it was.
            _forgottenUntil = Math.Max(_forgottenUntil, Ticks.Add(watermark, -lateness!.Value));
        }
    }

    /// <summary>Looks at some places and gives back those of removals that are forgotten: nobody sees whether it has come to one yet.</summary>
    public void Sweep(int places)
    {
        for (int i = Math.Min(places, _rows.Places); i > 0 && _rows.Count > Count; i--)
        {
            _swept = _swept + 1 < _rows.Places ? _swept + 1 : 0;
            if (_rows.IsAt(_swept) && IsForgotten(_rows.StateAt(_swept)))
            {
                _rows.RemoveAt(_swept);
            }
        }
    }

    private bool IsTooLate(TKey key, long timestamp)
    {
        if (timestamp > _forgottenUntil || !_remembersRemovals)
        {
            return false;
        }

        int place = _rows.PlaceOf(key);
        return place < 0 || IsForgotten(_rows.StateAt(place));
    }

    private bool IsForgotten(in Row row) => row.IsRemoval && row.Timestamp <= _forgottenUntil;

    private TableEntry<TKey, T> EntryAt(int place)
    {
        ref Row row = ref _rows.StateAt(place);
        return new TableEntry<TKey, T>(_rows.KeyAt(place), row.Value, row.Timestamp);
    }

    private struct Row
    {
        public long Timestamp;
        public T Value;
        public bool IsRemoval;
    }

    private sealed class Rows(LatestValues<TKey, T> owner, StateSerializer<T> values) : EntryValues
    {
        public override string Format => values.Format;

        public override void Write(StateWriter writer, int place)
        {
            ref Row row = ref owner._rows.StateAt(place);
            writer.Write(row.Timestamp);
            writer.Write(row.IsRemoval);
            if (!row.IsRemoval)
            {
                values.Write(writer, row.Value);
            }
        }

        public override void Read(ref StateReader reader, int place)
        {
            Row row = new() { Timestamp = reader.Read<long>(), IsRemoval = reader.Read<bool>() };
            if (!row.IsRemoval)
            {
                row.Value = values.Read(ref reader);
            }

            owner._rows.StateAt(place) = row;
        }

        public override void OnRestored()
        {
            owner.Count = 0;
            for (int place = 0; place < owner._rows.Places; place++)
            {
                owner.Count += owner._rows.IsAt(place) && !owner._rows.StateAt(place).IsRemoval ? 1 : 0;
            }
        }

        public override EntryValues? Reading(string format) => values.Reading(format) is { } found ? new Rows(owner, found) : null;
    }
}
