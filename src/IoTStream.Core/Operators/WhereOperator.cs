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
        ReadOnlySpan<int> kept = _selection.FromEnd;
        if (kept.Length == batch.Count)
        {
            Emit(in batch);
            return;
        }

        for (int i = 0; i < kept.Length; i++)
        {
            _values[i] = batch.Values[kept[i] + batch.Count];
        }

        ReadOnlySpan<long> timestamps = _selection.Timestamps(in batch, _timestamps);
        OriginColumn origins = _selection.Origins(in batch, ref _origins);
        Emit(new Batch<T>(timestamps, _values.AsSpan(0, kept.Length), origins, batch.HasOneTimestamp));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            _values.AsSpan(0, kept.Length).Clear();
        }
    }
}
