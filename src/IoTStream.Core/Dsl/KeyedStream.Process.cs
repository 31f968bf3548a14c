using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.State;

namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Brings the records into the order of their timestamps: each waits until the watermark reaches it. Steps after this one see no disorder, so what they find
    /// does not depend on the order of arrival, on the number of lanes or on how the input was cut into batches.
    /// </summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="onError">What happens to a record whose key cannot be determined.</param>
    /// <returns>The same records in order, save those that the watermark had passed when they came: these are counted as late and dropped.</returns>
    public KeyedStream<TKey, T> InOrder(string name, ErrorPolicy onError = ErrorPolicy.Fail) => InOrder(name, out _, onError);

    /// <inheritdoc cref="InOrder(string, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="late">The records that the watermark had passed when they came.</param>
    /// <param name="onError">What happens to a record whose key cannot be determined.</param>
    /// <returns>The same records in order, save the late ones.</returns>
    public KeyedStream<TKey, T> InOrder(string name, out DataStream<T> late, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        var node = new InOrderNode<TKey, T>(_node, name) { ErrorPolicy = onError };
        _node.AddConsumer(node);
        _builder.Add(node);
        late = new DataStream<T>(_builder, _builder.Add(node.Late));
        return new KeyedStream<TKey, T>(_builder, node);
    }

    /// <summary>Runs a function with state and timers for each key.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="create">Creates the function, once for each lane.</param>
    /// <param name="onError">What happens to a record or a timer on which it throws; the dead letter of a timer has the key as its element.</param>
    /// <typeparam name="TOut">The type of the results.</typeparam>
    public DataStream<TOut> Process<TOut>(string name, Func<KeyedProcess<TKey, T, TOut>> create, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Process(name, create, out _, onError);

    /// <inheritdoc cref="Process{TOut}(string, Func{KeyedProcess{TKey, T, TOut}}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="create">Creates the function, once for each lane.</param>
    /// <param name="sides">What the function gives besides its results.</param>
    /// <param name="onError">What happens to a record or a timer on which it throws; the dead letter of a timer has the key as its element.</param>
    public DataStream<TOut> Process<TOut>(
        string name, Func<KeyedProcess<TKey, T, TOut>> create, out SideOutputs sides, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(create);
        var node = new KeyedProcessNode<TKey, T, TOut>(_node, create, name) { ErrorPolicy = onError };
        _node.AddConsumer(node);
        sides = new SideOutputs(_builder, node.Sides);
        return new DataStream<TOut>(_builder, _builder.Add(node));
    }

    /// <summary>Runs a function with state and timers for each key, and with rules that can change while it runs.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="rules">The rules, each of which reaches every lane. See <see cref="DataStream{T}.Broadcast"/>.</param>
    /// <param name="create">Creates the function, once for each lane.</param>
    /// <param name="onError">
    /// What happens to a record, a rule or a timer on which it throws; the dead letter of a timer has the key as its element. A rule fails on each lane.
    /// </param>
    /// <typeparam name="TRule">The type of the rules.</typeparam>
    /// <typeparam name="TOut">The type of the results.</typeparam>
    /// <exception cref="ArgumentException">The rules belong to another topology.</exception>
    public DataStream<TOut> Process<TRule, TOut>(
        string name,
        BroadcastStream<TRule> rules,
        Func<KeyedBroadcastProcess<TKey, T, TRule, TOut>> create,
        ErrorPolicy onError = ErrorPolicy.Fail) => Process(name, rules, create, out _, onError);

    /// <inheritdoc cref="Process{TRule, TOut}(string, BroadcastStream{TRule}, Func{KeyedBroadcastProcess{TKey, T, TRule, TOut}}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="rules">The rules, each of which reaches every lane. See <see cref="DataStream{T}.Broadcast"/>.</param>
    /// <param name="create">Creates the function, once for each lane.</param>
    /// <param name="sides">What the function gives besides its results.</param>
    /// <param name="onError">
    /// What happens to a record, a rule or a timer on which it throws; the dead letter of a timer has the key as its element. A rule fails on each lane.
    /// </param>
    public DataStream<TOut> Process<TRule, TOut>(
        string name,
        BroadcastStream<TRule> rules,
        Func<KeyedBroadcastProcess<TKey, T, TRule, TOut>> create,
        out SideOutputs sides,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(create);
        if (!ReferenceEquals(rules.Builder, _builder))
        {
            throw new ArgumentException("The rules have to come from the same TopologyBuilder as the records.", nameof(rules));
        }

        var node = new KeyedBroadcastProcessNode<TKey, T, TRule, TOut>(_node, rules.Node, create, name) { ErrorPolicy = onError };
        sides = new SideOutputs(_builder, node.Sides);
        return new DataStream<TOut>(_builder, _builder.Add(node));
    }

    /// <summary>Runs a function with one value of state for each key.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="create">The value of a key that is new, or whose value has expired.</param>
    /// <param name="onRecord">Called for each record. It can change the value in place, emit results and set timers.</param>
    /// <param name="onTimer">Called for each timer that is due; null if there are none.</param>
    /// <param name="ttl">How long the value is remembered after it was last used; by default for ever.</param>
    /// <param name="onError">What happens to a record or a timer on which a function throws; the dead letter of a timer has the key as its element.</param>
    /// <typeparam name="TState">The type of the value; best a struct.</typeparam>
    /// <typeparam name="TOut">The type of the results.</typeparam>
    public DataStream<TOut> Process<TState, TOut>(
        string name,
        Func<TState> create,
        RecordProcessor<TKey, T, TState, TOut> onRecord,
        TimerProcessor<TKey, TState, TOut>? onTimer = null,
        StateTtl? ttl = null,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(onRecord);
        return Process(name, () => new DelegateProcess<TKey, T, TState, TOut>(create, onRecord, onTimer, ttl), onError);
    }

    /// <summary>Gives the aggregate of a key anew with each of its records, over all that have come so far.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="aggregation">How: see <see cref="Aggregates"/>.</param>
    /// <param name="ttl">How long after its last record a key is forgotten, so that it starts afresh; by default never.</param>
    /// <param name="onError">What happens to a record whose key or whose taking in throws.</param>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <returns>For each record the key and its new value, with the timestamp of the record.</returns>
    public DataStream<KeyValuePair<TKey, TResult>> Aggregate<TResult>(
        string name, Aggregation<T, TResult> aggregation, StateTtl? ttl = null, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        return Process(
            name, () => new RunningAggregate<TKey, T, TResult>(states => states.Aggregating("aggregate", aggregation, ttl)), onError);
    }
}
