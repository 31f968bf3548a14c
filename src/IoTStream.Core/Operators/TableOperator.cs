using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Keeps the last record of each key, and passes every record on.</summary>
internal sealed class TableOperator<TKey, T> : FallibleOperator<T, T>
    where TKey : notnull
{
    private readonly KeySelector<T, TKey> _key;
    private readonly Func<T, bool>? _removes;
    private readonly LatestValues<TKey, T> _values;

    /// <summary>The records of a batch that did not fail, if some did.</summary>
    private readonly RecordBuffer<T> _passing = new();
    private readonly int _lane;
    private volatile TableCapture<TKey, T>? _capture;
    private volatile bool _hasEnded;
    private long _epoch;

    /// <param name="key">The key of a record.</param>
    /// <param name="removes">Which records remove their key; null if none do.</param>
    /// <param name="values">Where the last records are kept.</param>
    /// <param name="next">What follows.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">What happens to records whose key or removal cannot be determined.</param>
    /// <param name="context">The lane.</param>
    public TableOperator(
        KeySelector<T, TKey> key,
        Func<T, bool>? removes,
        LatestValues<TKey, T> values,
        Operator<T> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(next, counters, errors)
    {
        _key = key;
        _removes = removes;
        _values = values;
        _lane = context.Lane;
        counters.Keys = 0;
        State = context.StateOf(counters.Step);
        if (State is { } state)
        {
            state.Add(values.Durable(state.Serializers));
            state.Add(values.DurableTime());
            _epoch = state.EpochBefore;
        }
    }

    /// <summary>What is kept for a key. To be called on the lane, or once it has ended.</summary>
    public TableEntry<TKey, T>? Find(TKey key) => _values.TryGet(key, out TableEntry<TKey, T> entry) ? entry : null;

    /// <summary>All that is kept, or that for which a predicate holds. To be called while nobody drives the lane.</summary>
    public List<TableEntry<TKey, T>> Copy(Func<TableEntry<TKey, T>, bool>? predicate) => _values.Copy(predicate);

    /// <summary>Has a copy made at the next barrier, and at each after it until there is another one to be made. May be called from any thread.</summary>
    public void Begin(TableCapture<TKey, T> capture)
    {
        _capture = capture;

        // Either this sees that the lane has ended, or the lane sees at its end that there is a copy to be made.
        Interlocked.MemoryBarrier();
        if (_hasEnded)
        {
            capture.AddLast(_lane, _epoch + 1, _values);
        }
    }

    /// <summary>Nobody waits for a copy any more. May be called from any thread.</summary>
    public void EndCapture() => _capture = null;

    public override void OnBatch(scoped in Batch<T> batch)
    {
        Counters.RecordsIn += batch.Count;
        int failed = Take(in batch, 0);
        if (failed == batch.Count)
        {
            Emit(in batch);
        }
        else
        {
            EmitWithout(failed, in batch);
        }

        _values.Sweep(batch.Count);
        Counters.Keys = _values.Count;
    }

    public override void OnWatermark(long watermark)
    {
        _values.Advance(watermark);
        base.OnWatermark(watermark);
    }

    protected override void OnEpoch(long epoch)
    {
        base.OnEpoch(epoch);
        _epoch = epoch;
        _capture?.Add(_lane, epoch, _values);
    }

    protected override void OnLastEpoch()
    {
        base.OnLastEpoch();
        _hasEnded = true;
        Interlocked.MemoryBarrier();
        _capture?.AddLast(_lane, _epoch + 1, _values);
    }

    /// <summary>Takes up records from one on.</summary>
    /// <returns>The index of the first that failed, which has been dealt with; if none did, the number of records.</returns>
    private int Take(scoped in Batch<T> batch, int start)
    {
        int i = start;
        try
        {
            for (; i < batch.Count; i++)
            {
                TKey key = KeySelectors.NotNull(_key.Invoke(batch.Values[i], in batch, i));
                bool inTime = _removes is not null && _removes(batch.Values[i])
                    ? _values.Remove(key, batch.Timestamps[i])
                    : _values.Put(key, batch.Timestamps[i], in batch.Values[i]);
                Counters.Late += inTime ? 0 : 1;
            }
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, batch.Values[i], batch.Context(i));
        }

        return i;
    }

    private void EmitWithout(int failed, scoped in Batch<T> batch)
    {
        int start = 0;
        while (failed < batch.Count)
        {
            _passing.Add(batch.Slice(start, failed - start));
            start = failed + 1;
            failed = Take(in batch, start);
        }

        _passing.Add(batch.Slice(start, batch.Count - start));
        Errors.DeadLetters?.Flush();
        Emit(_passing.AsBatch());
        _passing.Clear();
    }
}
