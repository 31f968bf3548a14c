using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Any number of results a record, taken lazily: a record with very many of them is interrupted when there is no room.</summary>
internal sealed class SelectManyOperator<TIn, TOut, TFunction>(
    TFunction function, Operator<TOut> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
    : ResumableOperator<TIn, TOut>(next, counters, errors, context)
    where TFunction : struct, IFunction<TIn, IEnumerable<TOut>>
{
    private readonly int _batchSize = context.BatchSize;
    private readonly RecordBuffer<TOut> _results = new();
    private IEnumerator<TOut>? _current;

    protected override int Process(scoped in Batch<TIn> batch)
    {
        int i = 0;
        while (i < batch.Count)
        {
            if (Expand(in batch, i))
            {
                i++;
            }

            if (_results.Count == _batchSize)
            {
                Flush();
                if (!HasRoom)
                {
                    return i;
                }
            }
        }

        Flush();
        return i;
    }

    /// <summary>Takes results of one record until they end or a batch is full.</summary>
    /// <returns>Whether they have ended.</returns>
    private bool Expand(scoped in Batch<TIn> batch, int index)
    {
        TIn value = batch.Values[index];
        RecordContext origin = batch.Context(index);
        try
        {
            _current ??= function.Invoke(value, in batch, index).GetEnumerator();
            while (_results.Count < _batchSize)
            {
                if (!_current.MoveNext())
                {
                    _current.Dispose();
                    _current = null;
                    return true;
                }

                _results.Add(origin.TimestampTicks, _current.Current, origin.Origin);
            }

            return false;
        }
        catch (Exception exception)
        {
            _current = null;
            Errors.Handle(exception, value, origin);
            return true;
        }
    }

    private void Flush()
    {
        Errors.DeadLetters?.Flush();
        Emit(_results.AsBatch());
        _results.Clear();
    }
}
