using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// An operator with two inputs of different types. Its watermark is the lesser of theirs. It can give any number of results for a record or
/// a watermark; what finds no room waits, and meanwhile both inputs are held back. At a barrier the inputs are aligned.
/// </summary>
internal abstract class TwoInputOperator<TLeft, TRight, TOut> : IResumable
{
    private readonly Input<TLeft> _left;
    private readonly Input<TRight> _right;
    private readonly SideOutput[] _sides;
    private readonly ResultBuffer<TOut> _results;
    private readonly Operator<TOut> _next;
    private readonly InputMerger _merger;
    private readonly BarrierMerger _barriers;
    private readonly int _batchSize;
    private long _leftWatermark = Watermark.None;
    private long _rightWatermark = Watermark.None;
    private bool _isRightInterrupted;
    private bool _isAdvancing;
    private bool _isIdle;
    private long? _pendingTime;

    /// <summary>The watermark that the next step has been given in this life.</summary>
    private long _sent = Watermark.None;

    /// <param name="inputs">How many of the two inputs exist on this lane.</param>
    /// <param name="sides">Side outputs other than the one for dead letters.</param>
    /// <param name="next">What follows.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">What happens to records that fail.</param>
    /// <param name="context">The lane.</param>
    protected TwoInputOperator(
        int inputs,
        IReadOnlyList<SideOutput> sides,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
    {
        _sides = [.. sides];
        _next = next;
        Counters = counters;
        Errors = errors;
        _batchSize = context.BatchSize;
        _results = new ResultBuffer<TOut>(next, counters, context.BatchSize);
        _merger = new InputMerger(inputs);
        _barriers = new BarrierMerger(inputs);
        _left = new Input<TLeft>(this, 0, isRight: false, OnLeft);
        _right = new Input<TRight>(this, inputs - 1, isRight: true, OnRight);
        Origin = new SourcePartition(counters.Step, context.Lane, $"lane {context.Lane}").Origin;
        State = context.StateOf(counters.Step);
        State?.Add(new WatermarkState("watermark", () => CurrentWatermark, watermark => CurrentWatermark = watermark));
        State?.Add(new WatermarkState("left watermark", () => _leftWatermark, watermark => GoOnFrom(watermark, _left, ref _leftWatermark)));
        State?.Add(new WatermarkState("right watermark", () => _rightWatermark, watermark => GoOnFrom(watermark, _right, ref _rightWatermark)));
        context.Resumables.Add(this);
    }

    public Operator<TLeft> Left => _left;

    public Operator<TRight> Right => _right;

    public bool HasPending { get; private set; }

    protected StepCounters Counters { get; }

    protected ErrorHandler Errors { get; }

    /// <summary>What the operator keeps that outlives the job; null if nothing does.</summary>
    protected StepState? State { get; }

    /// <summary>The watermark that has been processed, or is being processed.</summary>
    protected long CurrentWatermark { get; private set; } = Watermark.None;

    /// <summary>
    /// How far the left input has got by itself, as of the records that have been processed; no less than the merged watermark, which leaves
    /// an idle input behind.
    /// </summary>
    protected long LeftWatermark => Math.Max(_leftWatermark, CurrentWatermark);

    /// <summary>As <see cref="LeftWatermark"/>, of the right input.</summary>
    protected long RightWatermark => Math.Max(_rightWatermark, CurrentWatermark);

    /// <summary>Whether both inputs have ended: nothing is given any more, whatever the clock says. If the job was stopped, what is still to come is for its next life.</summary>
    protected bool HasEnded { get; private set; }

    /// <summary>The origin of results that come from no single record.</summary>
    protected RecordOrigin Origin { get; }

    /// <summary>Whether so much has been given that a loop which can stop here should stop until there is room.</summary>
    protected bool IsFull
    {
        get
        {
            foreach (SideOutput side in _sides)
            {
                if (side.Count >= _batchSize)
                {
                    return true;
                }
            }

            return _results.IsFull || Errors.DeadLetters is { } letters && letters.Count >= _batchSize;
        }
    }

    /// <summary>Whether there are results for a batch: as <see cref="IsFull"/>, for a loop that gives nothing else.</summary>
    protected bool HasFullBatch => _results.IsFull;

    private bool HasRoom
    {
        get
        {
            foreach (SideOutput side in _sides)
            {
                if (!side.IsReady)
                {
                    return false;
                }
            }

            return _next.IsReady && Errors.IsReady;
        }
    }

    private bool IsReady => !HasPending && HasRoom;

    /// <summary>Whether the inputs are further than what follows has been told: after a restart it has to be told again, also if they have ended.</summary>
    private bool IsBehindInputs => _merger.Watermark > CurrentWatermark || (_merger.Watermark == CurrentWatermark && CurrentWatermark > _sent);

    private bool HasUnsent
    {
        get
        {
            foreach (SideOutput side in _sides)
            {
                if (side.Count > 0)
                {
                    return true;
                }
            }

            return !_results.IsEmpty || Errors.DeadLetters is { Count: > 0 };
        }
    }

    public bool Resume()
    {
        if (!HasRoom)
        {
            return false;
        }

        if (!SendUnsent() || !ResumeInputs() || HasUnsent)
        {
            return true;
        }

        // After a restart the inputs may begin lower than they were.
        _leftWatermark = Math.Max(_leftWatermark, _merger.WatermarkOf(_left.Index));
        _rightWatermark = Math.Max(_rightWatermark, _merger.WatermarkOf(_right.Index));
        if (!Drain(Cause.Inputs, time: 0))
        {
            return true;
        }

        if (_pendingTime is { } now)
        {
            if (!Drain(Cause.ProcessingTime, now))
            {
                return true;
            }

            _pendingTime = null;
        }

        // Signals are passed on only when the records that came before them have left.
        if ((IsBehindInputs || _isAdvancing) && !Advance())
        {
            return true;
        }

        PassOnSignals();
        HasPending = false;
        if (_barriers.IsAligned)
        {
            PassOnBarrier();
        }

        return true;
    }

    /// <summary>Takes records of the left input, from the first on, until <see cref="IsFull"/>. Failures go to <see cref="Errors"/>.</summary>
    /// <returns>How many are done.</returns>
    protected abstract int OnLeft(scoped in Batch<TLeft> batch);

    /// <summary>As <see cref="OnLeft"/>, for the right input.</summary>
    protected abstract int OnRight(scoped in Batch<TRight> batch);

    /// <summary>
    /// Does what is due by <see cref="LeftWatermark"/> or <see cref="RightWatermark"/> alone, until <see cref="IsFull"/>, before the merged
    /// watermark, which may not have moved; called again, it goes on where it stopped.
    /// </summary>
    /// <returns>Whether all is done.</returns>
    protected virtual bool OnInputWatermarks() => true;

    /// <summary>Does what a watermark makes due, until <see cref="IsFull"/>; called again, it goes on where it stopped.</summary>
    /// <returns>Whether all is done.</returns>
    protected virtual bool OnEventTime(long watermark) => true;

    /// <summary>As <see cref="OnEventTime"/>, for processing time: for operators that are <see cref="ITimed"/>.</summary>
    /// <param name="now">A timestamp of the job's clock.</param>
    protected virtual bool OnProcessingTime(long now) => true;

    /// <summary>
    /// An epoch ends here: all before its barrier has been processed, from both inputs, the results have left, and nothing behind it has been
    /// touched. Called before anybody downstream sees the barrier.
    /// </summary>
    protected virtual void OnEpoch(long epoch) => State?.Capture(epoch);

    /// <summary>
    /// Both inputs have ended, and everything has been processed: what the operator keeps now is its part of the epoch after the last one
    /// that it heard of, and of all that follow.
    /// </summary>
    protected virtual void OnLastEpoch() => State?.CaptureLast();

    /// <summary>Processing time has passed: to be called by an operator that has a deadline, once the lane says that it is over.</summary>
    protected void OnClock(long now)
    {
        _pendingTime = now;
        Signal();
    }

    /// <summary>Gives a result.</summary>
    protected void Emit(long timestamp, in TOut value, RecordOrigin origin) => _results.Add(timestamp, in value, origin);

    /// <summary>Sends what has been given on its way, as far as there is room: for a loop that is full and could go on.</summary>
    /// <returns>Whether nothing is left.</returns>
    protected bool SendUnsent()
    {
        bool all = _results.Flush();
        foreach (SideOutput side in _sides)
        {
            all &= side.TryFlush(_batchSize);
        }

        if (Errors.DeadLetters is { } letters)
        {
            all &= letters.TryFlush(_batchSize);
        }

        return all;
    }

    /// <summary>Goes on with the input that was interrupted, maybe in the middle of a record's results, before the other one.</summary>
    private bool ResumeInputs() => _isRightInterrupted
        ? _right.Resume() && _left.Resume()
        : _left.Resume() && _right.Resume();

    /// <summary>After a restart an input is as far as it was, also if it is silent from now on.</summary>
    private void GoOnFrom<T>(long watermark, Input<T> input, ref long reached)
    {
        reached = watermark;
        if (_left.Index != _right.Index)
        {
            _merger.OnWatermark(input.Index, watermark);
        }
    }

    private bool Advance()
    {
        CurrentWatermark = _merger.Watermark;
        _isAdvancing = true;
        if (!Drain(Cause.EventTime, CurrentWatermark))
        {
            return false;
        }

        _isAdvancing = false;
        _sent = CurrentWatermark;
        Counters.Watermark = CurrentWatermark;
        foreach (SideOutput side in _sides)
        {
            side.OnWatermark(CurrentWatermark);
        }

        Errors.DeadLetters?.OnWatermark(CurrentWatermark);
        _next.OnWatermark(CurrentWatermark);
        return true;
    }

    private void PassOnSignals()
    {
        if (_merger.IsIdle != _isIdle)
        {
            _isIdle = _merger.IsIdle;
            foreach (SideOutput side in _sides)
            {
                side.OnIdle(_isIdle);
            }

            Errors.DeadLetters?.OnIdle(_isIdle);
            _next.OnIdle(_isIdle);
        }

        if (_merger.HasEnded && !HasEnded)
        {
            HasEnded = true;
            OnLastEpoch();
            foreach (SideOutput side in _sides)
            {
                side.OnEnd();
            }

            Errors.DeadLetters?.OnEnd();
            _next.OnEnd();
        }
    }

    private void PassOnBarrier()
    {
        long epoch = _barriers.Epoch;
        OnEpoch(epoch);
        foreach (SideOutput side in _sides)
        {
            side.OnBarrier(epoch);
        }

        Errors.DeadLetters?.OnBarrier(epoch);
        _next.OnBarrier(epoch);
        _barriers.Release();

        // What came behind it goes on when the lane comes again: whether there is room for that has to be asked anew.
        HasPending = true;
        _left.PassBarrier();
        _right.PassBarrier();
    }

    private bool Drain(Cause cause, long time)
    {
        do
        {
            if (!SendUnsent())
            {
                return false;
            }
        }
        while (!(cause switch
        {
            Cause.Inputs => OnInputWatermarks(),
            Cause.EventTime => OnEventTime(time),
            _ => OnProcessingTime(time),
        }));

        return SendUnsent();
    }

    private void Signal()
    {
        bool first = !HasPending;
        HasPending = true;
        if (first)
        {
            Resume();
        }
    }

    /// <summary>What makes results due other than a record.</summary>
    private enum Cause
    {
        Inputs,
        EventTime,
        ProcessingTime,
    }

    private delegate int BatchHandler<T>(scoped in Batch<T> batch);

    /// <summary>One of the two inputs: keeps records that there is no room for.</summary>
    private sealed class Input<T>(TwoInputOperator<TLeft, TRight, TOut> owner, int index, bool isRight, BatchHandler<T> process) : Operator<T>
    {
        private readonly RecordBuffer<T> _stash = new();
        private readonly HeldSignals _behindBarrier = new();
        private int _position;

        /// <summary>Whether the barrier has come and has not been passed on.</summary>
        private bool _isBehindBarrier;

        /// <summary>How many records of the stash come before the barrier.</summary>
        private int _beforeBarrier;

        public int Index => index;

        public override bool IsReady => !_isBehindBarrier && owner.IsReady;

        public override void OnBatch(scoped in Batch<T> batch)
        {
            owner.Counters.RecordsIn += batch.Count;
            if (!IsReady)
            {
                // Two paths that part and meet again bring two batches where one was asked for.
                _stash.Add(batch);
                owner.HasPending = true;
                return;
            }

            int done = process(in batch);
            if (done < batch.Count)
            {
                owner._isRightInterrupted = isRight;
                _stash.Add(batch.Slice(done, batch.Count - done));
                owner.HasPending = true;
            }
            else
            {
                owner.HasPending = !owner.SendUnsent();
            }
        }

        /// <summary>Goes on with what is kept.</summary>
        /// <returns>Whether nothing is kept any more.</returns>
        public bool Resume()
        {
            int end = _isBehindBarrier ? _beforeBarrier : _stash.Count;
            while (_position < end)
            {
                owner._isRightInterrupted = isRight;
                _position += process(_stash.AsBatch(_position, Math.Min(end - _position, owner._batchSize)));
                if (!owner.SendUnsent())
                {
                    return false;
                }
            }

            if (_position == _stash.Count)
            {
                _stash.Clear();
                _position = 0;
                _beforeBarrier = 0;
            }

            return true;
        }

        /// <summary>The barrier has been passed on: the signals that came behind it count from now on, after what is kept.</summary>
        public void PassBarrier()
        {
            _isBehindBarrier = false;
            _behindBarrier.PassTo(this);
        }

        public override void OnWatermark(long watermark)
        {
            if (_isBehindBarrier)
            {
                _behindBarrier.Watermark = watermark;
                return;
            }

            owner._merger.OnWatermark(index, watermark);
            owner.Signal();
        }

        public override void OnIdle(bool idle)
        {
            if (_isBehindBarrier)
            {
                _behindBarrier.Idle = idle;
                return;
            }

            owner._merger.OnIdle(index, idle);
            owner.Signal();
        }

        public override void OnPartition(SourcePartition partition, bool ended)
        {
        }

        public override void OnBarrier(long epoch)
        {
            _isBehindBarrier = true;
            _beforeBarrier = _stash.Count;
            owner._barriers.OnBarrier(index, epoch);
            owner.Signal();
        }

        public override void OnEnd()
        {
            if (_isBehindBarrier)
            {
                _behindBarrier.End = true;
                return;
            }

            owner._merger.OnEnd(index);
            owner._barriers.OnEnd(index);
            owner.Signal();
        }
    }
}
