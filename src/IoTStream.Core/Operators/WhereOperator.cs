using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Lets through the records for which a predicate holds, moved together.</summary>
internal sealed class WhereOperator<T, TFunction>(
    TFunction predicate, Operator<T> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
    : FallibleOperator<T, T>(next, counters, errors)
    where TFunction : struct, IFunction<T, bool>
{
    private readonly TFunction _predicate = predicate;
    private readonly T[] _values = new T[context.BatchSize];
    private readonly long[] _timestamps = new long[context.BatchSize];
    private RecordOrigin[] _origins = [];

    public override void OnBatch(scoped in Batch<T> batch)
    {
        Counters.RecordsIn += batch.Count;
        if (!batch.Origins.IsUniform && _origins.Length == 0)
        {
            _origins = new RecordOrigin[_values.Length];
        }

        int position = 0;
        int kept = 0;
        while (position < batch.Count)
        {
            kept = Filter(in batch, ref position, kept);
        }

        Errors.DeadLetters?.Flush();
        OriginColumn origins = batch.Origins.IsUniform ? batch.Origins : new OriginColumn(_origins.AsSpan(0, kept));
        Emit(new Batch<T>(_timestamps.AsSpan(0, kept), _values.AsSpan(0, kept), origins));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            _values.AsSpan(0, Math.Min(kept + 1, _values.Length)).Clear();
        }
    }

    /// <summary>Filters from <paramref name="position"/> on, to the end or past a record that failed.</summary>
    private int Filter(scoped in Batch<T> batch, ref int position, int kept)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        RecordOrigin[]? keptOrigins = batch.Origins.IsUniform ? null : _origins;
        ref T keptValues = ref MemoryMarshal.GetArrayDataReference(_values);
        ref long keptTimestamps = ref MemoryMarshal.GetArrayDataReference(_timestamps);
        TFunction keep = _predicate;
        int i = position;
        int n = kept;
        try
        {
            for (; i < values.Length; i++)
            {
                // Written before it is known whether the record stays: without a branch the loop is faster, whatever the share that stays.
                Unsafe.Add(ref keptTimestamps, n) = timestamps[i];
                Unsafe.Add(ref keptValues, n) = values[i];
                if (keptOrigins is not null)
                {
                    keptOrigins[n] = batch.Origins[i];
                }

                n += keep.Invoke(values[i], in batch, i) ? 1 : 0;
            }
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, values[i], batch.Context(i));
            i++;
        }

        position = i;
        return n;
    }
}
