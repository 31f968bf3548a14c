namespace IoTStream.Connectors;

/// <summary>The room that a job gives a reader to put records into. All records of one batch come from one partition.</summary>
/// <remarks>Not thread-safe; used only inside <see cref="ISourceReader{T}.Read"/>.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class SourceBatch<T>
{
    private readonly T[] _values;
    private readonly long[] _timestamps;
    private RecordOrigin[] _origins = [];
    private bool _hasOrigins;
    private List<DeadLetter>? _deadLetters;
    private ReadOnlyMemory<T> _lent;
    private SourcePartition _partition;

    internal SourceBatch(int capacity, SourcePartition partition)
    {
        _values = new T[capacity];
        _timestamps = new long[capacity];
        _partition = partition;
    }

    /// <summary>How many records are in it.</summary>
    public int Count { get; private set; }

    /// <summary>How many more records fit.</summary>
    public int Free => _lent.IsEmpty ? _values.Length - Count : 0;

    /// <summary>The partition that the records come from: the reader's first one, unless the reader sets another.</summary>
    /// <exception cref="InvalidOperationException">It is changed when the batch already has records.</exception>
    public SourcePartition Partition
    {
        get => _partition;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (Count > 0 && !ReferenceEquals(value, _partition))
            {
                throw new InvalidOperationException("A batch holds records of one partition: set it before the first record is added.");
            }

            _partition = value;
        }
    }

    internal bool HasTimestamps { get; private set; }

    internal ReadOnlySpan<T> Values => _lent.IsEmpty ? _values.AsSpan(0, Count) : _lent.Span;

    internal Span<long> Timestamps => _timestamps.AsSpan(0, Count);

    internal RecordOrigin[]? Origins => _hasOrigins ? _origins : null;

    internal List<DeadLetter>? DeadLetters => _deadLetters;

    /// <summary>Partitions that event time waits for from before the records of the batch on.</summary>
    internal List<SourcePartition>? Begun { get; private set; }

    /// <summary>Partitions that event time no longer waits for behind the records of the batch.</summary>
    internal List<SourcePartition>? Ended { get; private set; }

    internal bool IsEmpty => Items == 0 && Begun is not { Count: > 0 } && Ended is not { Count: > 0 };

    /// <summary>Records that the reader dropped, as it says.</summary>
    internal long Dropped { get; private set; }

    /// <summary>Items that an acknowledgement counts: records and dead letters.</summary>
    internal int Items => Count + (_deadLetters?.Count ?? 0);

    /// <summary>Adds a record. Its timestamp will be the processing time, until <c>WithEventTime</c> assigns another.</summary>
    /// <param name="value">The record.</param>
    /// <exception cref="InvalidOperationException">The batch is full, or has records with a timestamp, which this one lacks.</exception>
    public void Add(T value)
    {
        ThrowIfTimestamped();
        Add(value, _partition.Origin);
    }

    /// <summary>Adds a record with the headers that its transport carries.</summary>
    /// <param name="value">The record.</param>
    /// <param name="headers">Its headers.</param>
    /// <exception cref="InvalidOperationException">The batch is full, or has records with a timestamp, which this one lacks.</exception>
    public void Add(T value, RecordHeaders headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ThrowIfTimestamped();
        Add(value, OriginOf(headers));
    }

    /// <summary>
    /// Adds a record with the timestamp that its transport gives, which <c>WithEventTime</c> without a selector takes as event time. In a
    /// batch either all records have one or none.
    /// </summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="headers">Its headers, if any.</param>
    /// <exception cref="InvalidOperationException">The batch is full, or has records without a timestamp.</exception>
    public void Add(T value, DateTimeOffset timestamp, RecordHeaders? headers = null)
    {
        if (!HasTimestamps && Count > 0)
        {
            throw new InvalidOperationException("In a batch either all records have a timestamp or none.");
        }

        ThrowIfFull();
        HasTimestamps = true;
        _timestamps[Count] = timestamp.UtcTicks;
        Add(value, OriginOf(headers));
    }

    /// <summary>
    /// Adds records in bulk: copy them into the returned span, then call <see cref="Advance"/>.
    /// </summary>
    /// <returns>The free part of the batch; empty if it is full.</returns>
    public Span<T> GetSpan() => _values.AsSpan(Count, Free);

    /// <summary>Counts records that were copied into <see cref="GetSpan"/>.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than fit, or negative.</exception>
    /// <exception cref="InvalidOperationException">The batch has records with a timestamp, which these lack.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Free);
        if (count > 0)
        {
            ThrowIfTimestamped();
        }

        int start = Count;
        Count += count;
        if (_hasOrigins)
        {
            Array.Fill(_origins, _partition.Origin, start, count);
        }
    }

    /// <summary>
    /// Lends the batch records that already lie in memory, instead of copying them into it. The batch must be empty and is full afterwards.
    /// </summary>
    /// <param name="records">The records. They must stay as they are until the reader is called again.</param>
    /// <exception cref="InvalidOperationException">The batch has records.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more than fit into the batch.</exception>
    public void Lend(ReadOnlyMemory<T> records)
    {
        if (Count > 0)
        {
            throw new InvalidOperationException("Only an empty batch can be lent records.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(records.Length, Free, nameof(records));
        _lent = records;
        Count = records.Length;
    }

    /// <summary>
    /// Reports input that could not be decoded. It goes to the topology's dead letters where they are consumed, and is counted
    /// in any case; the pipeline goes on.
    /// </summary>
    /// <param name="payload">The bytes as they came; the batch keeps the memory, so hand over a copy.</param>
    /// <param name="reason">Why they could not be decoded.</param>
    /// <param name="headers">The headers that came with them, if any.</param>
    public void AddDeadLetter(ReadOnlyMemory<byte> payload, Exception reason, RecordHeaders? headers = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        _deadLetters ??= [];
        _deadLetters.Add(new DeadLetter
        {
            Step = _partition.Source,
            Partition = _partition,
            Payload = payload,
            Reason = reason,
            Headers = headers ?? RecordHeaders.Empty,
        });
    }

    /// <summary>
    /// Says that a partition is read from now on, which was not there, or not this reader's, when the source was opened: event time waits for its first record, behind what has already been said of
    /// event time. It counts before the records of the batch.
    /// </summary>
    /// <param name="partition">The partition; the reader's <see cref="ISourceReader{T}.Partitions"/> have to know it.</param>
    public void BeginPartition(SourcePartition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        (Begun ??= []).Add(partition);
    }

    /// <summary>
    /// Says that a partition has no more records for this reader, because it has come to its end or is read by somebody else: event time no longer waits for it. It counts behind the records of the batch.
    /// </summary>
    /// <param name="partition">The partition.</param>
    public void EndPartition(SourcePartition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        (Ended ??= []).Add(partition);
    }

    /// <summary>Reports records that the reader dropped because its policy says so, for want of room for example: they are counted as dropped by the source's step.</summary>
    /// <param name="count">How many since the last report.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public void AddDropped(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Dropped += count;
    }

    internal void Add(T value, RecordOrigin origin)
    {
        ThrowIfFull();
        if (!_hasOrigins && !ReferenceEquals(origin, _partition.Origin))
        {
            if (_origins.Length == 0)
            {
                _origins = new RecordOrigin[_values.Length];
            }

            _hasOrigins = true;
            Array.Fill(_origins, _partition.Origin, 0, Count);
        }

        if (_hasOrigins)
        {
            _origins[Count] = origin;
        }

        _values[Count++] = value;
    }

    internal void Clear()
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            _values.AsSpan(0, _lent.IsEmpty ? Count : 0).Clear();
        }

        Count = 0;
        Dropped = 0;
        _lent = default;
        HasTimestamps = false;
        _hasOrigins = false;
        _deadLetters?.Clear();
        Begun?.Clear();
        Ended?.Clear();
    }

    private RecordOrigin OriginOf(RecordHeaders? headers) =>
        headers is { Count: > 0 } ? headers.OriginIn(_partition) : _partition.Origin;

    private void ThrowIfTimestamped()
    {
        if (HasTimestamps)
        {
            throw new InvalidOperationException("In a batch either all records have a timestamp or none.");
        }
    }

    private void ThrowIfFull()
    {
        if (Free == 0)
        {
            throw new InvalidOperationException("The batch is full: check Free before adding.");
        }
    }
}
