using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Runtime;

/// <summary>Reads a source's readers on one lane in turn and pushes what they give into the first operator.</summary>
internal sealed class SourceTask<T> : LaneTask
{
    private readonly List<ReaderState> _readers;
    private readonly ReaderState[] _all;
    private readonly ReaderCounts _counts;
    private readonly Operator<T> _target;
    private readonly StepCounters _counters;
    private readonly ErrorHandler _errors;
    private readonly StopRequest _stop;
    private readonly TimeProvider _timeProvider;
    private readonly int _batchSize;
    private readonly OperatorContext _context;
    private readonly EpochTracker _epochs;
    private readonly SourceHold _hold;
    private readonly StepState? _state;
    private int _notified = 1;
    private bool _announced;
    private bool _draining;
    private int _next;
    private long _epoch;

    public SourceTask(
        IReadOnlyList<ISourceReader<T>> readers,
        Operator<T> target,
        StepCounters counters,
        ErrorHandler errors,
        StopRequest stop,
        OperatorContext context,
        SourceHold hold,
        ReaderCounts counts,
        IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> absent)
    {
        _all = [.. readers.Select(reader => new ReaderState(reader, context.BatchSize))];
        _readers = [.. _all];
        _counts = counts;
        _target = target;
        _counters = counters;
        _errors = errors;
        _stop = stop;
        _timeProvider = context.TimeProvider;
        _batchSize = context.BatchSize;
        _context = context;
        _epochs = context.Epochs;
        _hold = hold;
        _epoch = context.Epochs.Requested;
        _state = context.StateOf(counters.Step);
        _state?.Add(new SourcePositions([.. readers
            .Where(static reader => reader is IPositioned)
            .Select(static reader => (reader.Partitions[0].Name, (IPositioned)reader))], absent));
    }

    public override bool IsDone => _readers.Count == 0 && _announced;

    public override string Waiting => IsHeldBack
        ? $"source '{_counters.Step}' is held back, because what follows takes no more"
        : $"source '{_counters.Step}' waits for records of {string.Join(", ", _readers.SelectMany(static state => state.Reader.Partitions).Select(static partition => $"partition '{partition.Name}'"))}, or for their end";

    private bool IsHeldBack
    {
        get => _hold.IsHeldBack;
        set
        {
            if (value != _hold.IsHeldBack)
            {
                _hold.IsHeldBack = value;
                _context.SourcesHeldBack += value ? 1 : -1;
            }
        }
    }

    /// <summary>A reader may have records again. Called from any thread.</summary>
    public void Notify() => Volatile.Write(ref _notified, 1);

    /// <summary>Acknowledges what has been committed. Called on the lane, or once it has ended.</summary>
    public void AcknowledgeCommitted()
    {
        if (!_counts.TakeCommitted())
        {
            return;
        }

        for (int i = 0; i < _all.Length; i++)
        {
            if (_all[i].Reader is IAcknowledging acknowledging)
            {
                Acknowledge(acknowledging, _counts.CommittedOf(i));
            }
        }
    }

    public override bool Step()
    {
        AcknowledgeCommitted();
        if (!_announced)
        {
            // Nothing is read yet: first all sources of the lane say what partitions they have, so that event time waits for each of them.
            Announce();
            return true;
        }

        if (IsDone)
        {
            return false;
        }

        long requested = _epochs.Requested;
        if (requested != _epoch)
        {
            // Whether or not there is room, and whether or not anything has come: the epoch waits for nobody's records.
            Inject(requested);
            return true;
        }

        IsHeldBack = !_target.IsReady || !_errors.IsReady;
        if (IsHeldBack)
        {
            return false;
        }

        if (_stop.IsRequested && !_draining)
        {
            Drain();
            return true;
        }

        if (Volatile.Read(ref _notified) != 0)
        {
            // Reset before reading, so that a notification during the read is not lost.
            Interlocked.Exchange(ref _notified, 0);
            _readers.ForEach(static state => state.MayHaveMore = true);
        }

        return ReadNext();
    }

    private void Inject(long epoch)
    {
        _epoch = epoch;
        for (int i = 0; i < _all.Length; i++)
        {
            _counts.Set(i, _all[i].HandedOn);
        }

        Capture(epoch);
        _errors.DeadLetters?.OnBarrier(epoch);
        _target.OnBarrier(epoch);
    }

    private void Announce()
    {
        _announced = true;
        foreach (ReaderState state in _readers)
        {
            foreach (SourcePartition partition in state.Reader.Partitions.Where(static partition => partition.IsAwaited))
            {
                _target.OnPartition(partition, ended: false);
            }
        }

        EndIfDone();
    }

    /// <summary>The job is to stop: readers that hold records hand them out, the others have ended here and now.</summary>
    private void Drain()
    {
        _draining = true;
        for (int i = _readers.Count - 1; i >= 0; i--)
        {
            if (_readers[i].Reader is IDrainable drainable)
            {
                BeginDrain(drainable);
                _readers[i].MayHaveMore = true;
            }
            else
            {
                Remove(i);
            }
        }
    }

    private bool ReadNext()
    {
        for (int i = 0; i < _readers.Count; i++)
        {
            int index = (_next + i) % _readers.Count;
            ReaderState state = _readers[index];
            if (!state.MayHaveMore)
            {
                continue;
            }

            ReadStatus status = Read(state);
            _counters.Dropped += state.Batch.Dropped;
            bool any = !state.Batch.IsEmpty;
            if (any)
            {
                Push(state);
            }

            if (status == ReadStatus.Ended)
            {
                Remove(index);
                return true;
            }

            state.MayHaveMore = status == ReadStatus.More;
            if (any)
            {
                _next = index + 1;
                return true;
            }
        }

        return false;
    }

    private ReadStatus Read(ReaderState state)
    {
        state.Batch.Clear();
        try
        {
            return state.Reader.Read(state.Batch);
        }
        catch (Exception exception)
        {
            throw new StepException(_counters.Step, exception);
        }
    }

    private void Push(ReaderState state)
    {
        SourceBatch<T> batch = state.Batch;
        if (batch.Begun is { } begun)
        {
            begun.ForEach(partition => _target.OnPartition(partition, ended: false));
        }

        long now = _timeProvider.GetUtcNow().UtcTicks;
        if (batch.DeadLetters is { Count: > 0 } letters)
        {
            foreach (DeadLetter letter in letters)
            {
                _counters.Errors++;
                _errors.Add(letter with { Timestamp = new DateTimeOffset(now, TimeSpan.Zero) });
                if (_errors.DeadLetters is { } output && output.Count == _batchSize)
                {
                    output.Flush();
                }
            }

            _errors.DeadLetters?.Flush();
        }

        if (batch.Count > 0)
        {
            if (!batch.HasTimestamps)
            {
                batch.Timestamps.Fill(now);
            }

            _counters.RecordsOut += batch.Count;
            OriginColumn origins = batch.Origins is { } column
                ? new OriginColumn(column.AsSpan(0, batch.Count))
                : new OriginColumn(batch.Partition.Origin);
            _target.OnBatch(new Batch<T>(batch.Timestamps, batch.Values, origins, hasOneTimestamp: !batch.HasTimestamps));
        }

        if (batch.Ended is { } ended)
        {
            ended.ForEach(partition => _target.OnPartition(partition, ended: true));
        }

        _counters.RecordsIn += batch.Items;
        state.HandedOn += batch.Items;
        if (_state is null && state.Reader is IAcknowledging acknowledging)
        {
            Acknowledge(acknowledging, state.HandedOn);
        }
    }

    private void Capture(long epoch)
    {
        try
        {
            _state?.Capture(epoch);
        }
        catch (Exception exception)
        {
            throw new StepException(_counters.Step, exception);
        }
    }

    private void CaptureLast()
    {
        try
        {
            _state?.CaptureLast();
        }
        catch (Exception exception)
        {
            throw new StepException(_counters.Step, exception);
        }
    }

    private void BeginDrain(IDrainable reader)
    {
        try
        {
            reader.BeginDrain();
        }
        catch (Exception exception)
        {
            throw new StepException(_counters.Step, exception);
        }
    }

    private void Acknowledge(IAcknowledging reader, long count)
    {
        try
        {
            reader.Acknowledge(count);
        }
        catch (Exception exception)
        {
            throw new StepException(_counters.Step, exception);
        }
    }

    private void Remove(int index)
    {
        // A reader that was stopped has not ended: event time goes on waiting for it, so that the stop completes no window.
        if (!_draining || _stop.ClosesWindows)
        {
            foreach (SourcePartition partition in _readers[index].Reader.Partitions)
            {
                _target.OnPartition(partition, ended: true);
            }
        }

        _readers.RemoveAt(index);
        EndIfDone();
    }

    private void EndIfDone()
    {
        if (_readers.Count > 0)
        {
            return;
        }

        for (int i = 0; i < _all.Length; i++)
        {
            _counts.SetLast(i, _all[i].HandedOn);
        }

        CaptureLast();
        _counts.End(_epoch + 1);
        if (!_draining || _stop.ClosesWindows)
        {
            _errors.DeadLetters?.OnWatermark(Watermark.End);
            _target.OnWatermark(Watermark.End);
        }

        _errors.DeadLetters?.OnEnd();
        _target.OnEnd();
    }

    private sealed class ReaderState(ISourceReader<T> reader, int batchSize)
    {
        public ISourceReader<T> Reader { get; } = reader;

        public SourceBatch<T> Batch { get; } = new(batchSize, reader.Partitions[0]);

        public bool MayHaveMore { get; set; } = true;

        /// <summary>Items given to the pipeline so far.</summary>
        public long HandedOn { get; set; }
    }
}
