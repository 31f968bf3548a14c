using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// An operator that takes records one by one, each with its key, and gives any number of results for a record, a watermark or a moment of
/// processing time, to its output and to side outputs.
/// </summary>
internal abstract class KeyedOperator<TKey, TIn, TOut> : ResumableOperator<TIn, TOut>
    where TKey : notnull
{
    private readonly KeySelector<TIn, TKey> _key;
    private readonly IReadOnlyList<SideOutput> _sides;
    private readonly ResultBuffer<TOut> _results;
    private readonly int _batchSize;

    /// <summary>How far the keys have got; null if nothing outlives the job.</summary>
    private readonly KeyWatermarks<TKey>? _watermarks;

    private long _passedOn = Watermark.None;

    /// <param name="key">The key of a record.</param>
    /// <param name="sides">Side outputs other than the one for dead letters.</param>
    /// <param name="next">What follows.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">What happens to records that fail.</param>
    /// <param name="context">The lane.</param>
    protected KeyedOperator(
        KeySelector<TIn, TKey> key,
        IReadOnlyList<SideOutput> sides,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(next, counters, errors, context)
    {
        _key = key;
        _sides = sides;
        _batchSize = context.BatchSize;
        _results = new ResultBuffer<TOut>(next, counters, context.BatchSize);
        Origin = new SourcePartition(counters.Step, context.Lane, $"lane {context.Lane}").Origin;
        if (State is not null)
        {
            _watermarks = new KeyWatermarks<TKey>("watermark", () => CurrentWatermark, GoOnFrom);
            State.Add(_watermarks);
        }
    }

    /// <summary>The watermark that has been processed, or is being processed.</summary>
    protected long CurrentWatermark { get; private set; } = Watermark.None;

    /// <summary>Whether there may be keys that are ahead of <see cref="CurrentWatermark"/>, after a restart on other lanes.</summary>
    protected bool HasKeysAhead => _watermarks is { AreUneven: true };

    /// <summary>The watermark that a key goes by.</summary>
    protected long WatermarkOf(TKey key) => HasKeysAhead ? _watermarks!.Of(key) : CurrentWatermark;

    /// <summary>The origin of results that come from no single record.</summary>
    protected RecordOrigin Origin { get; }

    protected sealed override bool HasRoom
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

            return base.HasRoom;
        }
    }

    protected sealed override bool HasUnsent
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

    /// <summary>Gives a result. There is always space, but a loop that can give many asks <see cref="IsFull"/> in between.</summary>
    protected void Emit(long timestamp, in TOut value, RecordOrigin origin) => _results.Add(timestamp, in value, origin);

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

    protected override int Process(scoped in Batch<TIn> batch)
    {
        BeforeRecords();
        for (int i = TakeCommon(in batch, 0); i < batch.Count; i = TakeCommon(in batch, i + 1))
        {
            if (IsFull && !SendUnsent())
            {
                return i;
            }

            TIn value = batch.Values[i];
            try
            {
                OnRecord(KeyOf(in batch, i), value, batch.Context(i));
            }
            catch (Exception exception) when (exception is not StepException)
            {
                Errors.Handle(exception, value, batch.Context(i));
            }
        }

        SendUnsent();
        return batch.Count;
    }

    /// <summary>Records are about to come: a whole batch, or what is left of one for which there was no room before.</summary>
    protected virtual void BeforeRecords()
    {
    }

    /// <summary>
    /// Takes records from one on in a tight loop, as long as they are of the kind that an operator has most to do with and give no result.
    /// What throws in it is dealt with there.
    /// </summary>
    /// <returns>The index of the first record that is not of that kind.</returns>
    protected virtual int TakeCommon(scoped in Batch<TIn> batch, int start) => start;

    /// <summary>Takes a record. What it throws goes to the step's error policy.</summary>
    protected abstract void OnRecord(TKey key, TIn value, RecordContext context);

    /// <summary>
    /// Does what a watermark makes due, until <see cref="IsFull"/>; called again, it goes on where it stopped. What it throws fails the
    /// job unless the operator deals with it.
    /// </summary>
    /// <returns>Whether all is done.</returns>
    protected virtual bool OnEventTime(long watermark) => true;

    /// <summary>As <see cref="OnEventTime"/>, for processing time: for operators that are <see cref="ITimed"/>.</summary>
    /// <param name="now">A timestamp of the job's clock.</param>
    protected virtual bool OnProcessingTime(long now) => true;

    protected sealed override bool Advance(long watermark)
    {
        if (watermark < CurrentWatermark)
        {
            // After a restart the stream above may begin lower than it was. What follows has been told more, and remembers.
            return true;
        }

        CurrentWatermark = watermark;
        do
        {
            if (!SendUnsent())
            {
                return false;
            }
        }
        while (!OnEventTime(watermark));

        if (!SendUnsent())
        {
            return false;
        }

        _watermarks?.Reach(watermark);
        if (watermark > _passedOn)
        {
            _passedOn = watermark;
            foreach (SideOutput side in _sides)
            {
                side.OnWatermark(watermark);
            }

            PassOn(watermark);
        }

        return true;
    }

    /// <summary>After a restart: what a watermark made due has been done.</summary>
    protected virtual void GoOnFrom(long watermark) => CurrentWatermark = watermark;

    /// <summary>Passes a watermark on that has been processed, and whose results have left.</summary>
    protected virtual void PassOn(long watermark) => base.Advance(watermark);

    protected sealed override bool AdvanceClock(long now)
    {
        do
        {
            if (!SendUnsent())
            {
                return false;
            }
        }
        while (!OnProcessingTime(now));

        return SendUnsent();
    }

    protected sealed override void ChangeIdleness(bool idle)
    {
        foreach (SideOutput side in _sides)
        {
            side.OnIdle(idle);
        }

        base.ChangeIdleness(idle);
    }

    protected sealed override void End()
    {
        base.End();
        foreach (SideOutput side in _sides)
        {
            side.OnEnd();
        }
    }

    protected sealed override void PassOnBarrier(long epoch)
    {
        base.PassOnBarrier(epoch);
        foreach (SideOutput side in _sides)
        {
            side.OnBarrier(epoch);
        }
    }

    protected sealed override bool SendUnsent()
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

        if (all)
        {
            OnAllSent();
        }

        return all;
    }

    /// <summary>All results so far have left.</summary>
    protected virtual void OnAllSent()
    {
    }

    protected TKey KeyOf(scoped in Batch<TIn> batch, int index) =>
        KeySelectors.NotNull(_key.Invoke(batch.Values[index], in batch, index));
}
