using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Any number of results a record, taken lazily: a record with very many of them is interrupted when there is no room.</summary>
internal sealed class SelectManyOperator<TIn, TOut, TFunction> : ResumableOperator<TIn, TOut>, IDisposable
    where TFunction : struct, IFunction<TIn, IEnumerable<TOut>>
{
    private readonly TFunction _function;
    private readonly int _batchSize;
    private readonly RecordBuffer<TOut> _results = new();
    private IEnumerator<TOut>? _current;

    public SelectManyOperator(
        TFunction function, Operator<TOut> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : base(next, counters, errors, context)
    {
        _function = function;
        _batchSize = context.BatchSize;
        context.Disposables.Add(this);
    }

    /// <summary>A job that was cancelled leaves a record in the middle of its results.</summary>
    public void Dispose() => Abandon();

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
                // Not even if there is room for more: one record may have results without end, and the lane has other things to do.
                Flush();
                return i;
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
            _current ??= _function.Invoke(value, in batch, index).GetEnumerator();
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
            Abandon();
            Errors.Handle(exception, value, origin);
            return true;
        }
    }

    private void Abandon()
    {
        try
        {
            _current?.Dispose();
        }
        catch (Exception)
        {
            // What is reported is the failure that led here, not one that followed from it.
        }

        _current = null;
    }

    private void Flush()
    {
        Errors.DeadLetters?.Flush();
        Emit(_results.AsBatch());
        _results.Clear();
    }
}
