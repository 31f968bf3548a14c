using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Sends each record to the first branch whose predicate holds, else to the last branch, which has none.</summary>
internal sealed class SplitOperator<T> : Operator<T>
{
    private readonly Func<T, RecordContext, bool>[] _predicates;
    private readonly SideOutput<T>?[] _branches;
    private readonly StepCounters _counters;
    private readonly ErrorHandler _errors;

    /// <param name="predicates">One less than branches.</param>
    /// <param name="branches">Null where nobody consumes the branch: its records are counted as dropped.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">The step's error policy.</param>
    public SplitOperator(Func<T, RecordContext, bool>[] predicates, SideOutput<T>?[] branches, StepCounters counters, ErrorHandler errors)
    {
        _predicates = predicates;
        _branches = branches;
        _counters = counters;
        _errors = errors;
    }

    public override bool IsReady
    {
        get
        {
            foreach (SideOutput<T>? branch in _branches)
            {
                if (branch is { IsReady: false })
                {
                    return false;
                }
            }

            return _errors.IsReady;
        }
    }

    public override void OnBatch(scoped in Batch<T> batch)
    {
        _counters.RecordsIn += batch.Count;
        for (int i = 0; i < batch.Count; i++)
        {
            try
            {
                Route(batch.Values[i], batch.Context(i));
            }
            catch (Exception exception) when (exception is not StepException)
            {
                _errors.Handle(exception, batch.Values[i], batch.Context(i));
            }
        }

        _errors.DeadLetters?.Flush();
        foreach (SideOutput<T>? branch in _branches)
        {
            branch?.Flush();
        }
    }

    public override void OnWatermark(long watermark)
    {
        _counters.Watermark = watermark;
        _errors.DeadLetters?.OnWatermark(watermark);
        foreach (SideOutput<T>? branch in _branches)
        {
            branch?.OnWatermark(watermark);
        }
    }

    public override void OnIdle(bool idle)
    {
        _errors.DeadLetters?.OnIdle(idle);
        foreach (SideOutput<T>? branch in _branches)
        {
            branch?.OnIdle(idle);
        }
    }

    public override void OnPartition(SourcePartition partition, bool ended)
    {
        foreach (SideOutput<T>? branch in _branches)
        {
            branch?.OnPartition(partition, ended);
        }
    }

    public override void OnBarrier(long epoch)
    {
        _errors.DeadLetters?.OnBarrier(epoch);
        foreach (SideOutput<T>? branch in _branches)
        {
            branch?.OnBarrier(epoch);
        }
    }

    public override void OnEnd()
    {
        _errors.DeadLetters?.OnEnd();
        foreach (SideOutput<T>? branch in _branches)
        {
            branch?.OnEnd();
        }
    }

    private void Route(T value, RecordContext context)
    {
        int index = 0;
        while (index < _predicates.Length && !_predicates[index](value, context))
        {
            index++;
        }

        if (_branches[index] is { } branch)
        {
            branch.Add(in value, context);
            _counters.RecordsOut++;
        }
        else
        {
            _counters.Dropped++;
        }
    }
}
