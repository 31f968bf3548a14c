using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Puts the key beside each record of one side of a join by windows.</summary>
internal sealed class JoinedOperator<TKey, TIn, TLeft, TRight>(
    KeySelector<TIn, TKey> key,
    Func<TKey, TIn, Joined<TKey, TLeft, TRight>> join,
    Operator<Joined<TKey, TLeft, TRight>> next,
    StepCounters counters,
    ErrorHandler errors,
    OperatorContext context)
    : FallibleOperator<TIn, Joined<TKey, TLeft, TRight>>(next, counters, errors)
    where TKey : notnull
{
    private readonly RecordBuffer<Joined<TKey, TLeft, TRight>> _joined = new(context.BatchSize);

    public override void OnBatch(scoped in Batch<TIn> batch)
    {
        Counters.RecordsIn += batch.Count;
        for (int i = 0; i < batch.Count; i++)
        {
            TIn value = batch.Values[i];
            try
            {
                _joined.Add(batch.Timestamps[i], join(KeySelectors.NotNull(key.Invoke(value, in batch, i)), value), batch.Origins[i]);
            }
            catch (Exception exception)
            {
                Errors.Handle(exception, value, batch.Context(i));
            }
        }

        Errors.DeadLetters?.Flush();
        Emit(_joined.AsBatch());
        _joined.Clear();
    }
}
