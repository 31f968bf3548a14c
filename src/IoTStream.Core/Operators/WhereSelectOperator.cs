using System.Numerics;
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

    /// <summary>Of the records that are being mapped, the bits of those that are left.</summary>
    private ulong _left;

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
        Run(in batch);
        _whereErrors.DeadLetters?.Flush();
        Errors.DeadLetters?.Flush();
        int count = _selection.Count;
        ReadOnlySpan<long> timestamps = _selection.Timestamps(in batch, _timestamps);
        OriginColumn origins = _selection.Origins(in batch, ref _origins);
        Emit(new Batch<TOut>(timestamps, _results.AsSpan(0, count), origins, batch.HasOneTimestamp));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TOut>())
        {
            _results.AsSpan(0, count).Clear();
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

    /// <summary>
    /// Filters and maps piece by piece: a piece is still in the cache when it is mapped, and the next one comes from memory meanwhile.
    /// </summary>
    private void Run(scoped in Batch<TIn> batch)
    {
        _selection.Clear();
        int done = 0;
        for (int start = 0; start < batch.Count; start += Selection<TIn>.WordLength)
        {
            ulong kept = _selection.MarkNext(in batch, start, _predicate, _whereErrors);
            int count = BitOperations.PopCount(kept);
            _whereCounters.RecordsOut += count;
            Counters.RecordsIn += count;
            done += Map(in batch, start, kept, done);
        }
    }

    /// <summary>Maps the records of a word that stay, one after the other. Those that fail are dealt with, and stay no longer.</summary>
    /// <returns>How many results there are.</returns>
    private int Map(scoped in Batch<TIn> batch, int start, ulong left, int done)
    {
        int first = done;
        while (left != 0)
        {
            try
            {
                MapWord(ref Unsafe.Add(ref MemoryMarshal.GetReference(batch.Values), start), left, ref _results[done], ref _left, _selector, in batch, start);
                done += BitOperations.PopCount(left);
                left = 0;
            }
            catch (Exception exception)
            {
                int failed = start + BitOperations.TrailingZeroCount(_left);
                done += BitOperations.PopCount(left) - BitOperations.PopCount(_left);
                left = _left & (_left - 1);
                _selection.Remove(failed);
                Errors.Handle(exception, batch.Values[failed], batch.Context(failed));
            }
        }

        return done - first;
    }

    /// <summary>
    /// The loop, with nothing else in it. It needs so few values that those which change stay in registers over the call that the map may
    /// be. Whoever catches an exception finds the bits of the records that are left, the failed one first.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MapWord(
        ref TIn records, ulong left, ref TOut result, ref ulong written, TSelector map, scoped in Batch<TIn> batch, int start)
    {
        do
        {
            written = left;
            int place = BitOperations.TrailingZeroCount(left);
            left &= left - 1;
            result = map.Invoke(Unsafe.Add(ref records, place), in batch, start + place);
            result = ref Unsafe.Add(ref result, 1);
        }
        while (left != 0);
    }
}
