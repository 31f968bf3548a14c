using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>A partition that a source reads, from when it is given it until it is taken away.</summary>
/// <remarks>The fields of the lane and those of the polling thread belong to them; what both look at is volatile, or guarded by the reader's lock.</remarks>
internal sealed class ConsumedPartition
{
    /// <summary>No offset: the end of a source without end.</summary>
    public const long Never = long.MaxValue;

    private readonly long _first;
    private long _next;
    private long _acknowledged;
    private long _lag;
    private long? _high;
    private long? _highTaken;
    private long _nextTaken;
    private int _waiting;
    private int _waitingBytes;

    /// <param name="id">Topic and number.</param>
    /// <param name="partition">What it is for the job.</param>
    /// <param name="first">The offset to begin with.</param>
    /// <param name="end">The offset behind the last one; <see cref="Never"/> if there is none.</param>
    public ConsumedPartition(KafkaPartition id, SourcePartition partition, long first, long end)
    {
        Id = id;
        Partition = partition;
        _first = first;
        Next = first;
        _nextTaken = first;
        End = end;
        _acknowledged = first;
        Committed = first;
        SharedHeaders = new RecordHeaders(new RecordHeader(KafkaHeaders.Topic, id.Topic));
        IsComplete = first >= end;
    }

    public KafkaPartition Id { get; }

    /// <summary>Where its messages are handed out.</summary>
    public required ChunkQueue Reader { get; init; }

    /// <summary>Whether something was acknowledged.</summary>
    public bool HasProgressed => Acknowledged > _first;

    public SourcePartition Partition { get; }

    public long End { get; }

    /// <summary>The headers of all records whose message has none.</summary>
    public RecordHeaders SharedHeaders { get; }

    /// <summary>The offset behind what was handed out. The lane sets it.</summary>
    public long Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>How many offsets there are behind that.</summary>
    public long Lag => Volatile.Read(ref _lag);

    /// <summary>The reader's lock: whether it is no longer this source's, so that nothing more of it is handed out.</summary>
    public bool IsTakenAway { get; set; }

    /// <summary>The polling thread: whether everything up to the end has been received.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The polling thread: whether it is not fetched because too much of it waits.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The polling thread: the offset up to which the client may commit.</summary>
    public long Committed { get; set; }

    /// <summary>The polling thread: what is being filled.</summary>
    public MessageChunk? Open { get; set; }

    /// <summary>The offset behind what the pipeline has taken over for good.</summary>
    public long Acknowledged
    {
        get => Volatile.Read(ref _acknowledged);
        set => Volatile.Write(ref _acknowledged, value);
    }

    /// <summary>How many messages were received and are not handed out yet.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>How many bytes they have.</summary>
    public int WaitingBytes => Volatile.Read(ref _waitingBytes);

    /// <summary>The polling thread: notes the offset behind the last message of the partition; negative if that is not known.</summary>
    public void MeasureLag(long high)
    {
        if (high >= 0)
        {
            _high = high;
            _highTaken ??= high;
        }

        Volatile.Write(ref _lag, Math.Max(0, Math.Min(high, End) - Next));
    }

    /// <summary>The polling thread: how many offsets have come into being since this was asked last.</summary>
    public long TakeArrived()
    {
        long arrived = Math.Max(0, (_high - _highTaken) ?? 0);
        _highTaken = _high;
        return arrived;
    }

    /// <summary>The polling thread: how many offsets were handed out since this was asked last.</summary>
    public long TakeHandled()
    {
        long next = Next;
        long handled = next - _nextTaken;
        _nextTaken = next;
        return handled;
    }

    public void AddWaiting(int messages, int bytes)
    {
        Interlocked.Add(ref _waiting, messages);
        Interlocked.Add(ref _waitingBytes, bytes);
    }
}
