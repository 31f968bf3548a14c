using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// An operator that can turn one batch or watermark into many batches. It stops when there is no room downstream, keeps what it has not
/// got to, and goes on when the lane says so.
/// </summary>
internal abstract class ResumableOperator<TIn, TOut> : FallibleOperator<TIn, TOut>, IResumable
{
    private readonly RecordBuffer<TIn> _stash = new();
    private readonly List<(SourcePartition Partition, bool Ended)> _pendingPartitions = [];
    private readonly int _batchSize;
    private readonly EpochTracker _epochs;
    private int _position;
    private long _pendingWatermark = Watermark.None;
    private long? _pendingTime;
    private bool? _pendingIdle;
    private bool _pendingEnd;
    private long _pendingBarrier;
    private long _passedBarrier;

    /// <summary>How many records of the stash come before the barrier.</summary>
    private int _beforeBarrier;

    /// <summary>Signals that came after the barrier which is pending; null if there never were any.</summary>
    private HeldSignals? _behindBarrier;

    protected ResumableOperator(Operator<TOut> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : base(next, counters, errors)
    {
        _batchSize = context.BatchSize;
        _epochs = context.Epochs;
        _passedBarrier = _epochs.Requested;
        State = context.StateOf(counters.Step);
        context.Resumables.Add(this);
    }

    public sealed override bool IsReady => CanProcess && (MayTake || AwaitsBarrier);

    public bool HasPending { get; private set; }

    /// <summary>Whether a batch can be emitted now.</summary>
    protected virtual bool HasRoom => base.IsReady;

    /// <summary>
    /// Whether the operator wants more, room or not. What it is given nevertheless it takes; and what is before a barrier on its way it takes
    /// without being asked, for others may wait behind that barrier for whom the operator in turn waits.
    /// </summary>
    protected virtual bool MayTake => true;

    private bool AwaitsBarrier => _epochs.Requested != _passedBarrier;

    private bool IsBehindBarrier => _pendingBarrier != 0;

    private HeldSignals BehindBarrier => _behindBarrier ??= new HeldSignals();

    private bool CanProcess => !HasPending && HasRoom;

    /// <summary>Whether the input has ended: nothing is given any more, whatever the clock says. If the job was stopped, what is still to come is for its next life.</summary>
    protected bool HasEnded { get; private set; }

    /// <summary>Whether there are results of records that are done, which found no room.</summary>
    protected virtual bool HasUnsent => false;

    public sealed override void OnBatch(scoped in Batch<TIn> batch)
    {
        Counters.RecordsIn += batch.Count;
        if (!CanProcess)
        {
            // Two paths that part and meet again bring two batches where one was asked for.
            _stash.Add(batch);
            HasPending = true;
            return;
        }

        int done = Process(in batch);
        if (done < batch.Count)
        {
            _stash.Add(batch.Slice(done, batch.Count - done));
            HasPending = true;
        }
        else
        {
            HasPending = HasUnsent;
        }
    }

    public sealed override void OnWatermark(long watermark)
    {
        if (IsBehindBarrier)
        {
            BehindBarrier.Watermark = watermark;
            return;
        }

        _pendingWatermark = watermark;
        Signal();
    }

    public sealed override void OnIdle(bool idle)
    {
        if (IsBehindBarrier)
        {
            BehindBarrier.Idle = idle;
            return;
        }

        _pendingIdle = idle;
        Signal();
    }

    public sealed override void OnPartition(SourcePartition partition, bool ended)
    {
        if (IsBehindBarrier)
        {
            BehindBarrier.Add(partition, ended);
            return;
        }

        _pendingPartitions.Add((partition, ended));
        Signal();
    }

    public sealed override void OnBarrier(long epoch)
    {
        _pendingBarrier = epoch;
        _beforeBarrier = _stash.Count;
        Signal();
    }

    public sealed override void OnEnd()
    {
        if (IsBehindBarrier)
        {
            BehindBarrier.End = true;
            return;
        }

        _pendingEnd = true;
        Signal();
    }

    public bool Resume()
    {
        if (!HasRoom)
        {
            return false;
        }

        if (!SendUnsent() || !ResumeStash() || HasUnsent)
        {
            return true;
        }

        if (_pendingTime is { } now)
        {
            if (!AdvanceClock(now))
            {
                return true;
            }

            _pendingTime = null;
        }

        if (_pendingWatermark != Watermark.None)
        {
            if (!Advance(_pendingWatermark))
            {
                return true;
            }

            _pendingWatermark = Watermark.None;
        }

        PassOnSignals();
        if (IsBehindBarrier && !HasUnsent)
        {
            // What came behind it goes on when the lane comes again: whether there is room for that has to be asked anew.
            PassBarrier();
            return true;
        }

        HasPending = IsBehindBarrier;
        return true;
    }

    /// <summary>Processes records from the first on, as many as there is room for.</summary>
    /// <returns>How many were processed; the others are presented again when there is room.</returns>
    protected abstract int Process(scoped in Batch<TIn> batch);

    /// <summary>Sends results that found no room, as far as there is room now.</summary>
    /// <returns>Whether none are left.</returns>
    protected virtual bool SendUnsent() => true;

    /// <summary>Processing time has passed: to be called by an operator that has a deadline, once the lane says that it is over.</summary>
    protected void OnClock(long now)
    {
        _pendingTime = now;
        Signal();
    }

    /// <summary>Does what is due by processing time, or stops where there is no room.</summary>
    /// <param name="now">The timestamp of the job's clock that was given to <see cref="OnClock"/>.</param>
    /// <returns>Whether all has been done; if not, the call is repeated when there is room.</returns>
    protected virtual bool AdvanceClock(long now) => true;

    /// <summary>Processes a watermark and passes it on, or stops where there is no room.</summary>
    /// <returns>Whether it has been passed on; if not, the same watermark or a later one follows when there is room.</returns>
    protected virtual bool Advance(long watermark)
    {
        base.OnWatermark(watermark);
        return true;
    }

    /// <summary>The input has become idle or active.</summary>
    protected virtual void ChangeIdleness(bool idle) => base.OnIdle(idle);

    /// <summary>A partition has been opened or has ended, and all that came before has been processed.</summary>
    protected virtual void ChangePartition(SourcePartition partition, bool ended) => base.OnPartition(partition, ended);

    /// <summary>Passes a barrier on; all that came before it has been processed and sent.</summary>
    protected virtual void PassOnBarrier(long epoch) => base.OnBarrier(epoch);

    /// <summary>The input has ended, and all that came before has been processed.</summary>
    protected virtual void End() => base.OnEnd();

    private void Signal()
    {
        bool first = !HasPending;
        HasPending = true;
        if (first)
        {
            Resume();
        }
    }

    /// <summary>Goes on with a batch of what is kept; not with what is behind a barrier.</summary>
    /// <returns>Whether nothing is left that could be gone on with.</returns>
    private bool ResumeStash()
    {
        int end = IsBehindBarrier ? _beforeBarrier : _stash.Count;
        if (_position < end)
        {
            _position += Process(_stash.AsBatch(_position, Math.Min(end - _position, _batchSize)));
            if (_position < end)
            {
                return false;
            }
        }

        if (_position > 0 && _position == _stash.Count)
        {
            _stash.Clear();
            _position = 0;
            _beforeBarrier = 0;
        }

        return true;
    }

    private void PassBarrier()
    {
        long epoch = _pendingBarrier;
        _pendingBarrier = 0;
        _passedBarrier = epoch;
        PassOnBarrier(epoch);
        HasPending = _stash.Count > 0;
        _behindBarrier?.PassTo(this);
    }

    private void PassOnSignals()
    {
        foreach ((SourcePartition partition, bool ended) in _pendingPartitions)
        {
            ChangePartition(partition, ended);
        }

        _pendingPartitions.Clear();
        if (_pendingIdle is { } idle)
        {
            _pendingIdle = null;
            ChangeIdleness(idle);
        }

        if (_pendingEnd)
        {
            _pendingEnd = false;
            HasEnded = true;
            End();
        }
    }
}
