using IoTStream.Connectors;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>
/// Records on disk that wait for being forwarded in their order: the store of store and forward, for sinks whose target can be away. It is a topic of a
/// <see cref="DurableQueue"/> with one writer and one consumer, which deletes what has been forwarded.
/// </summary>
/// <remarks>
/// Thread-safe, with one who stores and one who forwards at a time. Calls use the disk and may take milliseconds, but for <see cref="Confirm"/>: not to be made on a lane. What
/// was forwarded since the position was last stored (<see cref="Save"/>) is read again after a crash.
/// </remarks>
public sealed class Spool : IDisposable
{
    private const string Consumer = "forwarder";
    private const long LeastSegmentSize = 4096;
    private const int Segments = 8;

    private readonly Lock _disk = new();
    private readonly Lock _state = new();
    private readonly SpoolOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly DiskDirectory _directory;
    private readonly ConsumerPosition _position;
    private readonly TopicWriter _writer;
    private readonly QueueBatchBuilder _batch = new();

    // Frames that were read and are not forwarded as a whole: the sequence number behind each, and the offset behind its last record.
    private readonly Queue<(long Sequence, long Offset)> _frames = new();

    // Records that nobody will confirm, because they were dropped: from an offset to behind another.
    private readonly Queue<(long From, long To)> _gaps = new();
    private TopicReader? _reader;
    private TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _confirmed;
    private long _read;
    private long _end;
    private long _saved;
    private long _droppedForRoom;
    private long _droppedForAge;
    private bool _isDisposed;

    private Spool(SpoolOptions options, TimeProvider timeProvider, DiskDirectory directory, TopicWriter writer)
    {
        _options = options;
        _timeProvider = timeProvider;
        _directory = directory;
        _writer = writer;
        _position = new ConsumerPosition(directory, Consumer);
        _end = writer.NextOffset;
        long first = FirstOffset();
        long position = _position.Read() ?? first;
        if (position > _end)
        {
            throw new InvalidDataException(
                $"The spool '{directory.Path}' has been forwarded up to offset {position}, but ends before {_end}: its files were replaced. Delete '{Consumer}' in its 'consumers' to forward all that is there.");
        }

        _confirmed = Math.Max(first, position);
        _read = _confirmed;
        _saved = _confirmed;
    }

    /// <summary>How many records wait: those that are stored and not confirmed.</summary>
    public long Count
    {
        get
        {
            lock (_state)
            {
                return _end - _confirmed;
            }
        }
    }

    /// <summary>How many bytes the files of the topic have.</summary>
    public long Bytes => _writer.Segments.Sum(static segment => segment.Length);

    /// <summary>How many records were dropped for want of room, under <see cref="SpoolOverflow.DropOldest"/> and <see cref="SpoolOverflow.DropNewest"/>.</summary>
    public long DroppedForRoom => Interlocked.Read(ref _droppedForRoom);

    /// <summary>How many records were dropped because they had waited for longer than <see cref="DurableQueue.MaxAge"/>.</summary>
    public long DroppedForAge => Interlocked.Read(ref _droppedForAge);

    /// <summary>Opens what an earlier process has left, or begins anew.</summary>
    /// <param name="options">Where, and how much.</param>
    /// <param name="timeProvider">The clock that ages are told by.</param>
    /// <exception cref="LogInUseException">Another sink has it open, in this process or another.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public static Spool Open(SpoolOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        DiskDirectory directory = DiskDirectory.Ensure(options.Queue.PathOf(options.Topic));

        // What to delete is decided here, where it is known what has been forwarded.
        DurableQueue queue = options.Queue with
        {
            MaxBytes = null,
            MaxAge = null,
            SegmentSize = Math.Max(LeastSegmentSize, Math.Min(options.Queue.SegmentSize, (options.Queue.MaxBytes ?? long.MaxValue) / Segments)),
        };
        TopicWriter writer = TopicWriter.Open(directory, queue, timeProvider);
        try
        {
            return new Spool(options, timeProvider, directory, writer);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>The last epoch of a job that was stored as a whole.</summary>
    /// <param name="writer">The name of the sink, with what tells its epoch log from others.</param>
    /// <returns>Its number; 0 if there is none.</returns>
    public long LastEpochOf(string writer) => _writer.LastEpochOf(writer);

    /// <summary>Stores records, all or none; returns when they are durable.</summary>
    /// <param name="records">The records, at least one: headers and values.</param>
    /// <param name="first">The offset of the first one; -1 if they were dropped for want of room, and counted.</param>
    /// <param name="writer">If they are an epoch: the name of the sink, with what tells its epoch log from others.</param>
    /// <param name="epoch">The number of the epoch, which is stored with them.</param>
    /// <returns>
    /// False if there is no room, and the one who brings them is to wait: nothing was stored. An empty spool has room for whatever comes.
    /// </returns>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public bool TryAppend(IReadOnlyList<(RecordHeaders Headers, ReadOnlyMemory<byte> Value)> records, out long first, string? writer = null, long epoch = 0)
    {
        ArgumentNullException.ThrowIfNull(records);
        lock (_disk)
        {
            _batch.Clear();
            long now = _timeProvider.GetUtcNow().UtcTicks;
            foreach ((RecordHeaders headers, ReadOnlyMemory<byte> value) in records)
            {
                _batch.Add(now, default, hasKey: false, headers, value.Span);
            }

            first = _writer.NextOffset;
            DropOld(now);
            if (!TryMakeRoom(_batch.Size))
            {
                bool isDropped = _options.WhenFull == SpoolOverflow.DropNewest;
                Interlocked.Add(ref _droppedForRoom, isDropped ? records.Count : 0);
                first = -1;
                return isDropped;
            }

            if (writer is null)
            {
                _writer.Append(_batch);
            }
            else
            {
                _writer.Append(_batch, writer, epoch);
            }

            lock (_state)
            {
                _end = _writer.NextOffset;
            }
        }

        SignalStored();
        return true;
    }

    /// <summary>Reads the records that come next, those that were stored at once. Those that are too old are passed over and counted.</summary>
    /// <param name="records">Takes them.</param>
    /// <returns>False if there are none at present; see <see cref="WaitAsync"/>.</returns>
    /// <exception cref="LogDamagedException">The files are damaged.</exception>
    public bool TryRead(ICollection<SpooledRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        lock (_disk)
        {
            if (_reader is null)
            {
                // Records may come first that were forwarded, of a frame that was not as a whole.
                _reader = new TopicReader(_directory, TopicReader.FindOffset(_directory, _read));
            }

            if (_reader.NextSequence >= _writer.CommittedSequence || !_reader.TryRead(out QueueBatch batch))
            {
                return false;
            }

            var stored = new DateTimeOffset(batch.Written, TimeSpan.Zero);
            bool isTooOld = _timeProvider.GetUtcNow() - stored > _options.Queue.MaxAge;
            long offset = batch.FirstOffset;
            foreach (QueueRecord record in batch)
            {
                if (offset >= _read && !isTooOld)
                {
                    records.Add(new SpooledRecord(offset, stored, record.ReadHeaders() ?? RecordHeaders.Empty, record.Value.ToArray()));
                }

                offset++;
            }

            if (isTooOld)
            {
                PassOver(batch.NextOffset, ref _droppedForAge);
            }

            _read = batch.NextOffset;
            _frames.Enqueue((_reader.NextSequence, _read));
            return true;
        }
    }

    /// <summary>Completes when records are stored from now on, or the spool is closed.</summary>
    public Task WaitAsync()
    {
        lock (_state)
        {
            return _isDisposed ? Task.CompletedTask : _stored.Task;
        }
    }

    /// <summary>Says that all records before an offset have been forwarded, or are not to be. Cheap; uses no disk.</summary>
    /// <param name="offset">The offset of the first one that has not been.</param>
    public void Confirm(long offset)
    {
        lock (_state)
        {
            if (offset <= _confirmed)
            {
                return;
            }

            _confirmed = Math.Min(offset, _end);
            CloseGaps();
        }
    }

    /// <summary>Stores the position: what has been confirmed is not read again, whatever happens, and files with nothing else are deleted.</summary>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public void Save()
    {
        lock (_disk)
        {
            SaveNow();
        }
    }

    /// <summary>Closes the files, without storing the position.</summary>
    public void Dispose()
    {
        lock (_disk)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _reader?.Dispose();
            _writer.Dispose();
        }

        SignalStored();
    }

    private void SaveNow()
    {
        long confirmed;
        lock (_state)
        {
            confirmed = _confirmed;
        }

        if (confirmed == _saved)
        {
            return;
        }

        _position.Write(confirmed);
        _saved = confirmed;
        long forwarded = 0;
        while (_frames.TryPeek(out (long Sequence, long Offset) frame) && frame.Offset <= confirmed)
        {
            forwarded = _frames.Dequeue().Sequence;
        }

        if (forwarded > 0)
        {
            _writer.Cut(forwarded);
        }
    }

    private bool TryMakeRoom(long size)
    {
        if (Bytes + size <= (_options.Queue.MaxBytes ?? long.MaxValue))
        {
            return true;
        }

        SaveNow();
        if (Count == 0 || Bytes + size <= _options.Queue.MaxBytes)
        {
            return true;
        }

        if (_options.WhenFull != SpoolOverflow.DropOldest)
        {
            return false;
        }

        IReadOnlyList<Segment> segments = _writer.Segments;
        long bytes = Bytes;
        int cut = 0;
        for (; cut < segments.Count - 1 && bytes + size > _options.Queue.MaxBytes; cut++)
        {
            bytes -= segments[cut].Length;
        }

        Drop(segments, cut, ref _droppedForRoom);
        return true;
    }

    private void DropOld(long now)
    {
        if (_options.Queue.MaxAge is not { } age)
        {
            return;
        }

        // A segment is created when the one before it is complete, so all of that one is as old at least.
        IReadOnlyList<Segment> segments = _writer.Segments;
        int cut = 0;
        while (cut < segments.Count - 1 && now - segments[cut + 1].Header.Created > age.Ticks)
        {
            cut++;
        }

        Drop(segments, cut, ref _droppedForAge);
    }

    /// <summary>Deletes the oldest files. Records that were read from them already are with the one who forwards.</summary>
    private void Drop(IReadOnlyList<Segment> segments, int files, ref long count)
    {
        if (files == 0)
        {
            return;
        }

        _writer.Cut(segments[files].First);
        long first = FirstOffset();
        if (first <= _read)
        {
            return;
        }

        PassOver(first, ref count);
        _read = first;
        _reader?.Dispose();
        _reader = null;
    }

    /// <summary>Counts the records from the one that would be read next to one before an offset as dropped.</summary>
    private void PassOver(long to, ref long count)
    {
        Interlocked.Add(ref count, to - _read);
        lock (_state)
        {
            _gaps.Enqueue((_read, to));
            CloseGaps();
        }
    }

    private void CloseGaps()
    {
        while (_gaps.TryPeek(out (long From, long To) gap) && gap.From <= _confirmed)
        {
            _confirmed = Math.Max(_confirmed, _gaps.Dequeue().To);
        }
    }

    private long FirstOffset()
    {
        using var reader = new TopicReader(_directory, from: 0);
        return reader.TryRead(out QueueBatch batch) ? batch.FirstOffset : _writer.NextOffset;
    }

    private void SignalStored()
    {
        TaskCompletionSource stored;
        lock (_state)
        {
            stored = _stored;
            _stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        stored.TrySetResult();
    }
}
