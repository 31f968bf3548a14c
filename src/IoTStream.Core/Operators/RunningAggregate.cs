namespace IoTStream.Operators;

/// <summary>Gives the aggregate of a key anew with each of its records.</summary>
internal sealed class RunningAggregate<TKey, T, TResult> : KeyedProcess<TKey, T, KeyValuePair<TKey, TResult>>
    where TKey : notnull
{
    private readonly AggregatingState<T, TResult> _aggregate;

    /// <param name="declare">Declares the aggregate among the function's states.</param>
    public RunningAggregate(Func<State.StateSet, AggregatingState<T, TResult>> declare) => _aggregate = declare(States);

    public override void OnRecord(T record, KeyedProcessContext<TKey, KeyValuePair<TKey, TResult>> context)
    {
        _aggregate.Add(record);
        context.Emit(new(context.Key, _aggregate.Result));
    }
}
