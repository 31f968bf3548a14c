using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Lets through the records for which a predicate holds, moved together.</summary>
internal sealed class WhereOperator<T, TPredicate>(
    TPredicate predicate, Operator<T> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
    : FallibleOperator<T, T>(next, counters, errors)
    where TPredicate : struct, IFunction<T, bool>
{
    private readonly TPredicate _predicate = predicate;
    private readonly Selection<T> _selection = new(context.BatchSize);
    private readonly T[] _values = new T[context.BatchSize];
    private readonly long[] _timestamps = new long[context.BatchSize];
    private RecordOrigin[] _origins = [];

    public override void OnBatch(scoped in Batch<T> batch)
    {
        Counters.RecordsIn += batch.Count;
        _selection.Mark(in batch, _predicate, Errors);
        Errors.DeadLetters?.Flush();
        int kept = _selection.Count;
        if (kept == batch.Count)
        {
            Emit(in batch);
            return;
        }

        _selection.Gather(batch.Values, _values);
        ReadOnlySpan<long> timestamps = _selection.Timestamps(in batch, _timestamps);
        OriginColumn origins = _selection.Origins(in batch, ref _origins);
        Emit(new Batch<T>(timestamps, _values.AsSpan(0, kept), origins, batch.HasOneTimestamp));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            _values.AsSpan(0, kept).Clear();
        }
    }
}
