using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// A filter and the map after it in one operator, so that records are not moved together only to be read once more. The two remain two
/// steps in every other respect: names, counters and error policies.
/// </summary>
internal sealed class WhereSelectOperator<TIn, TOut, TPredicate, TSelector> : FallibleOperator<TIn, TOut>
    where TPredicate : struct, IFunction<TIn, bool>
    where TSelector : struct, IFunction<TIn, TOut>
{
    private readonly TPredicate _predicate;
    private readonly TSelector _selector;
    private readonly StepCounters _whereCounters;
    private readonly ErrorHandler _whereErrors;
    private readonly Selection<TIn> _selection;
    private readonly TOut[] _results;
    private readonly long[] _timestamps;
    private RecordOrigin[] _origins = [];

    /// <summary>The place of the record that is being mapped among those that stay, counted from their end.</summary>
    private int _fromEnd;

    public WhereSelectOperator(
        TPredicate predicate,
        StepCounters whereCounters,
        ErrorHandler whereErrors,
        TSelector selector,
        Operator<TOut> next,
        StepCounters selectCounters,
        ErrorHandler selectErrors,
        OperatorContext context)
        : base(next, selectCounters, selectErrors)
    {
        _predicate = predicate;
        _whereCounters = whereCounters;
        _whereErrors = whereErrors;
        _selector = selector;
        _selection = new Selection<TIn>(context.BatchSize);
        _results = new TOut[context.BatchSize];
        _timestamps = new long[context.BatchSize];
    }

    public override bool IsReady => base.IsReady && _whereErrors.IsReady;

    public override void OnBatch(scoped in Batch<TIn> batch)
    {
        _whereCounters.RecordsIn += batch.Count;
        _selection.Mark(in batch, _predicate, _whereErrors);
        _whereErrors.DeadLetters?.Flush();
        ReadOnlySpan<int> kept = _selection.FromEnd;
        _whereCounters.RecordsOut += kept.Length;
        Counters.RecordsIn += kept.Length;
        ReadOnlySpan<long> timestamps = _selection.Timestamps(in batch, _timestamps);
        OriginColumn origins = _selection.Origins(in batch, ref _origins);
        _fromEnd = -kept.Length;
        if (Map(in batch, kept))
        {
            Emit(new Batch<TOut>(timestamps, _results.AsSpan(0, kept.Length), origins, batch.HasOneTimestamp));
        }
        else
        {
            MapWithGaps(in batch, kept, timestamps, origins);
        }

        if (RuntimeHelpers.IsReferenceOrContainsReferences<TOut>())
        {
            _results.AsSpan(0, kept.Length).Clear();
        }
    }

    public override void OnWatermark(long watermark)
    {
        _whereErrors.DeadLetters?.OnWatermark(watermark);
        base.OnWatermark(watermark);
    }

    public override void OnIdle(bool idle)
    {
        _whereErrors.DeadLetters?.OnIdle(idle);
        base.OnIdle(idle);
    }

    public override void OnBarrier(long epoch)
    {
        _whereErrors.DeadLetters?.OnBarrier(epoch);
        base.OnBarrier(epoch);
    }

    public override void OnEnd()
    {
        _whereErrors.DeadLetters?.OnEnd();
        base.OnEnd();
    }

    /// <summary>Maps records from the current position on, each to its own place.</summary>
    /// <returns>False if the record at the position failed, which has been dealt with.</returns>
    private bool Map(scoped in Batch<TIn> batch, ReadOnlySpan<int> kept)
    {
        try
        {
            Run(
                ref Unsafe.Add(ref MemoryMarshal.GetReference(batch.Values), batch.Count),
                ref Unsafe.Add(ref MemoryMarshal.GetReference(kept), kept.Length),
                ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_results), kept.Length),
                in batch);
            return true;
        }
        catch (Exception exception)
        {
            int index = kept[kept.Length + _fromEnd] + batch.Count;
            Errors.Handle(exception, batch.Values[index], batch.Context(index));
            return false;
        }
    }

    /// <summary>
    /// The loop, with nothing else in it. Counting up to zero from the ends of the columns, it needs so few values that those which change stay
    /// in registers over the call that the map may be. Whoever catches an exception finds its place in the field.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Run(ref TIn end, ref int keptEnd, ref TOut resultsEnd, scoped in Batch<TIn> batch)
    {
        TSelector map = _selector;
        for (nint i = _fromEnd; i < 0; i++)
        {
            _fromEnd = (int)i;
            nint place = Unsafe.Add(ref keptEnd, i);
            Unsafe.Add(ref resultsEnd, i) = map.Invoke(Unsafe.Add(ref end, place), in batch, (int)place);
        }

        _fromEnd = 0;
    }

    private void MapWithGaps(scoped in Batch<TIn> batch, ReadOnlySpan<int> kept, ReadOnlySpan<long> timestamps, OriginColumn origins)
    {
        var results = new RecordBuffer<TOut>(kept.Length);
        int start = 0;
        while (true)
        {
            int end = kept.Length + _fromEnd;
            for (int i = start; i < end; i++)
            {
                results.Add(timestamps[i], in _results[i], origins[i]);
            }

            if (end == kept.Length)
            {
                break;
            }

            start = end + 1;
            _fromEnd++;
            Map(in batch, kept);
        }

        Errors.DeadLetters?.Flush();
        Emit(results.AsBatch());
    }
}
