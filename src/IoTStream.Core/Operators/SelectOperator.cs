using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>One result a record. Timestamps and origins pass through untouched unless a record fails.</summary>
internal sealed class SelectOperator<TIn, TOut, TFunction>(
    TFunction function, Operator<TOut> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
    : FallibleOperator<TIn, TOut>(next, counters, errors)
    where TFunction : struct, IFunction<TIn, TOut>
{
    private readonly TFunction _function = function;
    private readonly TOut[] _results = new TOut[context.BatchSize];

    public override void OnBatch(scoped in Batch<TIn> batch)
    {
        Counters.RecordsIn += batch.Count;
        int done = Map(in batch, 0);
        if (done == batch.Count)
        {
            Emit(new Batch<TOut>(batch.Timestamps, _results.AsSpan(0, done), batch.Origins, batch.HasOneTimestamp));
        }
        else
        {
            MapWithGaps(in batch, done);
        }

        if (RuntimeHelpers.IsReferenceOrContainsReferences<TOut>())
        {
            _results.AsSpan(0, batch.Count).Clear();
        }
    }

    /// <summary>Maps records from <paramref name="start"/> on, each to its own place.</summary>
    /// <returns>The index of the record that failed and has been dealt with, or the number of records.</returns>
    private int Map(scoped in Batch<TIn> batch, int start)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        Span<TOut> results = _results.AsSpan(0, values.Length);
        TFunction map = _function;
        int i = start;
        try
        {
            for (; i < values.Length; i++)
            {
                results[i] = map.Invoke(values[i], in batch, i);
            }
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, values[i], batch.Context(i));
        }

        return i;
    }

    private void MapWithGaps(scoped in Batch<TIn> batch, int failed)
    {
        var results = new RecordBuffer<TOut>(batch.Count);
        int start = 0;
        while (true)
        {
            for (int i = start; i < failed; i++)
            {
                results.Add(batch.Timestamps[i], in _results[i], batch.Origins[i]);
            }

            if (failed == batch.Count)
            {
                break;
            }

            start = failed + 1;
            failed = Map(in batch, start);
        }

        Errors.DeadLetters?.Flush();
        Emit(results.AsBatch());
    }
}
