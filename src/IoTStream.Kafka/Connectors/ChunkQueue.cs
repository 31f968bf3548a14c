using System.Runtime.ExceptionServices;

namespace IoTStream.Kafka.Connectors;

/// <summary>
/// What a reader has not handed out yet. The polling thread puts chunks in, the lane takes them out. While the lane works on a chunk, no partition can be taken away from it.
/// </summary>
internal sealed class ChunkQueue(Action notify, TimeProvider clock)
{
    private readonly object _gate = new();
    private readonly Queue<MessageChunk> _chunks = new();
    private readonly Stack<MessageChunk> _free = new();
    private MessageChunk? _current;
    private bool _isReading;
    private bool _readerWaits = true;
    private long _busySince;
    private TimeSpan _busy;
    private bool _isComplete;
    private Exception? _error;
    private ConsumedPartition[] _partitions = [];
    private IReadOnlyDictionary<KafkaPartition, (long Next, long End)> _remembered = new Dictionary<KafkaPartition, (long Next, long End)>();

    /// <summary>The partitions that the reader reads.</summary>
    public ConsumedPartition[] Partitions => Volatile.Read(ref _partitions);

    /// <summary>Positions of an earlier run in partitions that the reader has not been given again so far, but may be.</summary>
    public IReadOnlyDictionary<KafkaPartition, (long Next, long End)> Remembered
    {
        get => Volatile.Read(ref _remembered);
        set => Volatile.Write(ref _remembered, value);
    }

    /// <summary>An empty chunk.</summary>
    public MessageChunk Rent(ConsumedPartition partition)
    {
        MessageChunk? chunk;
        lock (_gate)
        {
            _free.TryPop(out chunk);
        }

        chunk ??= new MessageChunk();
        chunk.Partition = partition;
        return chunk;
    }

    /// <summary>Gives the reader a partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isAnnounced">Whether the job knows of it since the opening.</param>
    public void Add(ConsumedPartition partition, bool isAnnounced)
    {
        lock (_gate)
        {
            Volatile.Write(ref _partitions, [.. _partitions, partition]);
        }

        if (!isAnnounced)
        {
            MessageChunk chunk = Rent(partition);
            chunk.IsBeginning = true;
            Enqueue(chunk);
        }
    }

    public void Enqueue(MessageChunk chunk)
    {
        bool wake;
        lock (_gate)
        {
            _chunks.Enqueue(chunk);
            wake = _readerWaits;
            _readerWaits = false;
            _busySince = wake ? clock.GetTimestamp() : _busySince;
        }

        if (wake)
        {
            notify();
        }
    }

    /// <summary>There will be no more chunks.</summary>
    public void Complete(Exception? error)
    {
        lock (_gate)
        {
            _isComplete = true;
            _error ??= error;
        }

        notify();
    }

    /// <summary>The lane: gives the chunk to go on with, until <see cref="EndRead"/>.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="hasEnded">Whether there is none, and will be none.</param>
    public bool TryBeginRead(out MessageChunk chunk, out bool hasEnded)
    {
        lock (_gate)
        {
            if (_current is null && !_chunks.TryDequeue(out _current))
            {
                AddBusyTime();
                _readerWaits = true;
                chunk = null!;
                hasEnded = _isComplete;
                if (hasEnded && _error is not null)
                {
                    ExceptionDispatchInfo.Throw(_error);
                }

                return false;
            }

            _isReading = true;
            chunk = _current;
            hasEnded = false;
            return true;
        }
    }

    /// <summary>For how long there was something to hand out, or the lane was busy with it, since this was asked last.</summary>
    public TimeSpan TakeBusyTime()
    {
        lock (_gate)
        {
            AddBusyTime();
            TimeSpan busy = _busy;
            _busy = TimeSpan.Zero;
            return busy;
        }
    }

    /// <summary>The lane: has done with a chunk, or with a part of it.</summary>
    /// <param name="hasMore">Whether there is more in it.</param>
    public void EndRead(bool hasMore)
    {
        lock (_gate)
        {
            _isReading = false;
            if (!hasMore)
            {
                Recycle(_current!);
                _current = null;
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The lane: an offset is acknowledged, or there is room.</summary>
    public void Pulse()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The polling thread: nothing more of a partition is handed out when this returns. What was received of it and not handed out is forgotten.</summary>
    public void Stop(ConsumedPartition partition)
    {
        lock (_gate)
        {
            while (_isReading)
            {
                Monitor.Wait(_gate);
            }

            partition.IsTakenAway = true;
            for (int i = _chunks.Count; i > 0; i--)
            {
                MessageChunk chunk = _chunks.Dequeue();
                if (ReferenceEquals(chunk.Partition, partition))
                {
                    Recycle(chunk);
                }
                else
                {
                    _chunks.Enqueue(chunk);
                }
            }

            if (_current is not null && ReferenceEquals(_current.Partition, partition))
            {
                Recycle(_current);
                _current = null;
            }

            if (partition.Open is { } open)
            {
                Recycle(open);
                partition.Open = null;
            }
        }
    }

    /// <summary>The polling thread: the reader has the partition no longer, and event time does not wait for it.</summary>
    public void Remove(ConsumedPartition partition)
    {
        lock (_gate)
        {
            Volatile.Write(ref _partitions, [.. _partitions.Where(other => !ReferenceEquals(other, partition))]);
        }

        MessageChunk end = Rent(partition);
        end.IsEnd = true;
        Enqueue(end);
    }

    /// <summary>The polling thread: waits until the lane has done something, or some time has passed.</summary>
    /// <returns>False if only time has passed.</returns>
    public bool Wait(TimeSpan longest)
    {
        lock (_gate)
        {
            return Monitor.Wait(_gate, longest);
        }
    }

    private void AddBusyTime()
    {
        if (!_readerWaits)
        {
            long now = clock.GetTimestamp();
            _busy += clock.GetElapsedTime(_busySince, now);
            _busySince = now;
        }
    }

    private void Recycle(MessageChunk chunk)
    {
        if (chunk.Clear() && _free.Count < 64)
        {
            _free.Push(chunk);
        }
    }
}
