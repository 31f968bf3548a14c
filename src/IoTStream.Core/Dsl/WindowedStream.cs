using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>A stream divided by key and window; say what is to be known of each.</summary>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed partial class WindowedStream<TKey, T>
    where TKey : notnull
{
    private readonly TopologyBuilder _builder;
    private readonly KeyedNode<TKey, T> _node;
    private readonly WindowSpec _windows;
    private readonly AllowedLateness _lateness;

    internal WindowedStream(TopologyBuilder builder, KeyedNode<TKey, T> node, WindowSpec windows, AllowedLateness lateness)
    {
        _builder = builder;
        _node = node;
        _windows = windows;
        _lateness = lateness;
    }

    /// <summary>Condenses the records of each key and window into one value. Windows without records give nothing.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="aggregation">How: see <see cref="Aggregates"/>.</param>
    /// <param name="onError">What happens to a record whose key or whose taking in throws.</param>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <returns>The results. Each bears the last instant of its window as its timestamp.</returns>
    public DataStream<WindowResult<TKey, TResult>> Aggregate<TResult>(
        string name, Aggregation<T, TResult> aggregation, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Aggregate(name, aggregation, out _, onError);

    /// <summary>Condenses the records of each key and window into one value. Windows without records give nothing.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="aggregation">How: see <see cref="Aggregates"/>.</param>
    /// <param name="late">The records that came after all of their windows had been given up.</param>
    /// <param name="onError">What happens to a record whose key or whose taking in throws.</param>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <returns>The results. Each bears the last instant of its window as its timestamp.</returns>
    public DataStream<WindowResult<TKey, TResult>> Aggregate<TResult>(
        string name, Aggregation<T, TResult> aggregation, out DataStream<T> late, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        var node = new WindowNode<TKey, T, TResult>(
            _node,
            $"{_windows}{(_windows.GoesByEventTime ? $", allowed lateness {_lateness.Time}" : "")}{Rules}, {aggregation.Description}",
            OperatorFactory(aggregation),
            name)
        {
            ErrorPolicy = onError,
            GoesByEventTime = _windows.GoesByEventTime || Rules is { Trigger.EarlyEventTime: not null },
        };
        _node.AddConsumer(node);
        _builder.Add(node);
        late = new DataStream<T>(_builder, _builder.Add(node.Late));
        return new DataStream<WindowResult<TKey, TResult>>(_builder, node);
    }

    /// <summary>Condenses the records of each key and window with three functions.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="create">An accumulator that has seen nothing.</param>
    /// <param name="add">The accumulator after a record; it may be the same object, changed.</param>
    /// <param name="result">The result of an accumulator.</param>
    /// <param name="onError">What happens to a record whose key or whose taking in throws.</param>
    /// <typeparam name="TAccumulator">What is kept for a key and window.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    public DataStream<WindowResult<TKey, TResult>> Aggregate<TAccumulator, TResult>(
        string name,
        Func<TAccumulator> create,
        Func<TAccumulator, T, TAccumulator> add,
        Func<TAccumulator, TResult> result,
        ErrorPolicy onError = ErrorPolicy.Fail) =>
        Aggregate(name, Aggregates.From(create, add, result), onError);
}
