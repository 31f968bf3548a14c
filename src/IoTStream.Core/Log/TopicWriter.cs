using System.Buffers.Binary;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>The open log of a topic, shared by all sinks of the process that write to it. Thread-safe.</summary>
internal sealed class TopicWriter : IDisposable
{
    private const byte BatchFrame = 1;

    // Held during a commit, which takes milliseconds.
    private readonly Lock _lock = new();

    // Never held for long.
    private readonly Lock _signal = new();
    private readonly SegmentedLog _log;
    private readonly DurableQueue _queue;
    private readonly TimeProvider _timeProvider;
    private readonly ByteChunks _payload = new();
    private readonly ByteChunks _writersBytes = new();
    private readonly Dictionary<string, long> _writers;
    private TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _committedSequence;
    private bool _isDisposed;

    private TopicWriter(IDiskDirectory directory, SegmentedLog log, DurableQueue queue, TimeProvider timeProvider)
    {
        _log = log;
        _queue = queue;
        _timeProvider = timeProvider;
        _committedSequence = log.CommittedSequence;
        _writers = new Dictionary<string, long>(StringComparer.Ordinal);
        if (log.CommittedSequence > log.Start)
        {
            using var last = new TopicReader(directory, log.CommittedSequence - 1);
            if (last.TryRead(out QueueBatch batch))
            {
                NextOffset = batch.NextOffset;
                _writers = batch.ReadWriters();
            }
        }
    }

    /// <summary>The offset that the next record will get.</summary>
    public long NextOffset { get; private set; }

    /// <summary>The sequence number behind the last frame that is durable.</summary>
    public long CommittedSequence => Volatile.Read(ref _committedSequence);

    /// <summary>What was cut away at the end when the log was opened, if anything.</summary>
    public CutOffTail? CutOff => _log.CutOff;

    /// <summary>The files of the topic, as they are now.</summary>
    public IReadOnlyList<Segment> Segments
    {
        get
        {
            lock (_lock)
            {
                return [.. _log.Segments];
            }
        }
    }

    /// <summary>Opens the log of a topic, or begins it.</summary>
    /// <exception cref="LogInUseException">Another process writes it.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public static TopicWriter Open(IDiskDirectory directory, DurableQueue queue, TimeProvider timeProvider)
    {
        SegmentedLog log = SegmentedLog.Open(directory, new SegmentedLogOptions(LogKind.Queue)
        {
            SegmentSize = queue.SegmentSize,
            DamagedTail = queue.DamagedTail,
            TimeProvider = timeProvider,
        });
        try
        {
            return new TopicWriter(directory, log, queue, timeProvider);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>The last epoch that a writer has applied; 0 if none.</summary>
    public long LastEpochOf(string writer)
    {
        lock (_lock)
        {
            return _writers.GetValueOrDefault(writer);
        }
    }

    /// <summary>Writes records; returns when they are durable, all of them or none.</summary>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public void Append(QueueBatchBuilder batch)
    {
        lock (_lock)
        {
            Commit(batch);
        }
    }

    /// <summary>Writes what a writer has for an epoch, and that it has: whoever repeats it does nothing.</summary>
    /// <param name="batch">The records; there may be none.</param>
    /// <param name="writer">The writer, by a name that stays the same.</param>
    /// <param name="epoch">The number of the epoch, larger than those before it.</param>
    /// <returns>False if it had been applied already.</returns>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public bool Append(QueueBatchBuilder batch, string writer, long epoch)
    {
        lock (_lock)
        {
            long last = _writers.GetValueOrDefault(writer);
            if (epoch <= last)
            {
                return false;
            }

            _writers[writer] = epoch;
            try
            {
                Commit(batch);
                return true;
            }
            catch
            {
                _writers[writer] = last;
                throw;
            }
        }
    }

    /// <summary>Deletes the files that have only frames before a sequence number. The last batch stays in any case: it says which offset comes next.</summary>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public void Cut(long sequence)
    {
        lock (_lock)
        {
            _log.CutBefore(Math.Min(sequence, _log.CommittedSequence - 1));
            _log.Commit();
        }
    }

    /// <summary>Waits until frames from a sequence number on are durable, or the writer is closed.</summary>
    public Task WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        Task committed;
        lock (_signal)
        {
            if (_committedSequence > sequence || _isDisposed)
            {
                return Task.CompletedTask;
            }

            committed = _committed.Task;
        }

        return committed.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _log.Dispose();
        }

        lock (_signal)
        {
            _isDisposed = true;
            _committed.TrySetResult();
        }
    }

    private void Commit(QueueBatchBuilder batch)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        _writersBytes.Clear();
        foreach ((string name, long epoch) in _writers)
        {
            Bytes.Write(_writersBytes, name);
            BinaryPrimitives.WriteInt64LittleEndian(_writersBytes.GetSpan(sizeof(long)), epoch);
            _writersBytes.Advance(sizeof(long));
        }

        _payload.Clear();
        Span<byte> fixedPart = _payload.GetSpan(QueueBatch.FixedSize);
        BinaryPrimitives.WriteInt64LittleEndian(fixedPart, NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(fixedPart[8..], now.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart[16..], batch.Count);
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart[20..], (int)_writersBytes.Length);
        _payload.Advance(QueueBatch.FixedSize);
        _payload.AppendBorrowed(_writersBytes);
        _payload.AppendBorrowed(batch.Records);
        _log.Append(BatchFrame, _payload);
        CutOld(now);
        _log.Commit();
        NextOffset += batch.Count;
        lock (_signal)
        {
            Volatile.Write(ref _committedSequence, _log.CommittedSequence);
            _committed.TrySetResult();
            _committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void CutOld(DateTimeOffset now)
    {
        IReadOnlyList<Segment> segments = _log.Segments;
        long bytes = segments.Sum(segment => segment.Length);
        int cut = 0;
        while (cut < segments.Count - 1 && (bytes > _queue.MaxBytes || now.UtcTicks - segments[cut + 1].Header.Created >= _queue.MaxAge?.Ticks))
        {
            // A segment is created when the one before it is complete, so all of that one is as old at least.
            bytes -= segments[cut].Length;
            cut++;
        }

        if (cut > 0)
        {
            _log.CutBefore(segments[cut].First);
        }
    }
}
