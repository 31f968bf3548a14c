using System.Runtime.CompilerServices;

namespace IoTStream.Connectors;

/// <summary>Records kept as columns that grow as needed and are reused: what a batch is copied into.</summary>
internal sealed class RecordBuffer<T>(int initialCapacity = 16)
{
    private long[] _timestamps = new long[initialCapacity];
    private T[] _values = new T[initialCapacity];
    private RecordOrigin[] _origins = [];
    private RecordOrigin? _uniform;

    public int Count { get; private set; }

    public ReadOnlyMemory<T> ValueMemory => _values.AsMemory(0, Count);

    public Batch<T> AsBatch() => AsBatch(0, Count);

    public Batch<T> AsBatch(int start, int length) => new(
        _timestamps.AsSpan(start, length),
        _values.AsSpan(start, length),
        _uniform is null && Count > 0 ? new OriginColumn(_origins.AsSpan(start, length)) : new OriginColumn(_uniform!));

    public RecordContext Context(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return new(_timestamps[index], _uniform ?? _origins[index]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long timestamp, in T value, RecordOrigin origin)
    {
        int i = Count;
        if (i == _values.Length)
        {
            Grow(i + 1);
        }

        _timestamps[i] = timestamp;
        _values[i] = value;
        if (!ReferenceEquals(origin, _uniform))
        {
            AddOrigin(origin);
        }

        Count = i + 1;
    }

    public void Add(scoped Batch<T> batch)
    {
        int count = batch.Count;
        if (count == 0)
        {
            return;
        }

        if (Count + count > _values.Length)
        {
            Grow(Count + count);
        }

        batch.Timestamps.CopyTo(_timestamps.AsSpan(Count));
        batch.Values.CopyTo(_values.AsSpan(Count));
        RecordOrigin? uniform = batch.Origins.Uniform;
        if (Count == 0 && uniform is not null)
        {
            _uniform = uniform;
        }
        else if (uniform is null || !ReferenceEquals(uniform, _uniform))
        {
            SpreadOrigins();
            batch.Origins.CopyTo(_origins.AsSpan(Count), count);
        }

        Count += count;
    }

    /// <summary>Adds some of a batch's records.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="places">The places of those records in it.</param>
    public void Add(scoped in Batch<T> batch, ReadOnlySpan<int> places)
    {
        int count = places.Length;
        if (count == 0)
        {
            return;
        }

        if (Count + count > _values.Length)
        {
            Grow(Count + count);
        }

        Gather(batch.Timestamps, places, _timestamps.AsSpan(Count, count));
        Gather(batch.Values, places, _values.AsSpan(Count, count));
        RecordOrigin? uniform = batch.Origins.Uniform;
        if (Count == 0 && uniform is not null)
        {
            _uniform = uniform;
        }
        else if (uniform is null || !ReferenceEquals(uniform, _uniform))
        {
            SpreadOrigins();
            for (int i = 0; i < count; i++)
            {
                _origins[Count + i] = batch.Origins[places[i]];
            }
        }

        Count += count;
    }

    public void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            _values.AsSpan(0, Count).Clear();
        }

        Count = 0;
        _uniform = null;
    }

    /// <summary>Forgets the first records; the others move up.</summary>
    public void RemoveFirst(int count)
    {
        if (count == Count)
        {
            Clear();
            return;
        }

        int rest = Count - count;
        Array.Copy(_timestamps, count, _timestamps, 0, rest);
        Array.Copy(_values, count, _values, 0, rest);
        if (_uniform is null)
        {
            Array.Copy(_origins, count, _origins, 0, rest);
        }

        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            _values.AsSpan(rest, count).Clear();
        }

        Count = rest;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Gather<TColumn>(ReadOnlySpan<TColumn> column, ReadOnlySpan<int> places, Span<TColumn> target)
    {
        for (int i = 0; i < places.Length && i < target.Length; i++)
        {
            target[i] = column[places[i]];
        }
    }

    private void AddOrigin(RecordOrigin origin)
    {
        if (Count == 0)
        {
            _uniform = origin;
            return;
        }

        SpreadOrigins();
        _origins[Count] = origin;
    }

    /// <summary>From here on the buffer keeps an origin a record.</summary>
    private void SpreadOrigins()
    {
        if (_origins.Length < _values.Length)
        {
            Array.Resize(ref _origins, _values.Length);
        }

        if (_uniform is not null)
        {
            _origins.AsSpan(0, Count).Fill(_uniform);
            _uniform = null;
        }
    }

    private void Grow(int needed)
    {
        int capacity = Math.Max(needed, _values.Length * 2);
        Array.Resize(ref _timestamps, capacity);
        Array.Resize(ref _values, capacity);
        if (_origins.Length > 0)
        {
            Array.Resize(ref _origins, capacity);
        }
    }
}
