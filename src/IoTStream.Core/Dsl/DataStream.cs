using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>
/// A stream of records in the making. Every method describes a step and returns the stream after it; a stream can have several
/// consumers, each of which gets every record. Nothing runs until the topology is built and started.
/// </summary>
/// <remarks>
/// Functions given to steps are called on the lanes, with more than one lane on several threads at once: they must be thread-safe, should
/// not block, and should have no side effects. Query syntax works.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed partial class DataStream<T>
{
    private readonly TopologyBuilder _builder;

    internal DataStream(TopologyBuilder builder, StreamNode<T> node)
    {
        _builder = builder;
        Node = node;
    }

    internal StreamNode<T> Node { get; }

    /// <summary>Maps each record to one other.</summary>
    /// <param name="selector">The function.</param>
    /// <param name="onError">What happens to a record on which it throws.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    public DataStream<TResult> Select<TResult>(
        Func<T, TResult> selector, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        Select<TResult, PlainFunction<T, TResult>>(new(NotNull(selector)), onError, name);

    /// <inheritdoc cref="Select{TResult}(Func{T, TResult}, ErrorPolicy, string?)"/>
    public DataStream<TResult> Select<TResult>(
        Func<T, RecordContext, TResult> selector, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        Select<TResult, ContextFunction<T, TResult>>(new(NotNull(selector)), onError, name);

    /// <summary>Keeps the records for which a predicate holds.</summary>
    /// <param name="predicate">The predicate.</param>
    /// <param name="onError">What happens to a record on which it throws.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    public DataStream<T> Where(Func<T, bool> predicate, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        Where<PlainFunction<T, bool>>(new(NotNull(predicate)), onError, name);

    /// <inheritdoc cref="Where(Func{T, bool}, ErrorPolicy, string?)"/>
    public DataStream<T> Where(Func<T, RecordContext, bool> predicate, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        Where<ContextFunction<T, bool>>(new(NotNull(predicate)), onError, name);

    /// <summary>Maps each record to any number of others, which take over its timestamp and origin. They are taken as there is room for them.</summary>
    /// <param name="selector">The function.</param>
    /// <param name="onError">What happens to a record on which it, or the enumeration of its result, throws.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    public DataStream<TResult> SelectMany<TResult>(
        Func<T, IEnumerable<TResult>> selector, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        SelectMany<TResult, PlainFunction<T, IEnumerable<TResult>>>(new(NotNull(selector)), onError, name);

    /// <inheritdoc cref="SelectMany{TResult}(Func{T, IEnumerable{TResult}}, ErrorPolicy, string?)"/>
    public DataStream<TResult> SelectMany<TResult>(
        Func<T, RecordContext, IEnumerable<TResult>> selector, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        SelectMany<TResult, ContextFunction<T, IEnumerable<TResult>>>(new(NotNull(selector)), onError, name);

    /// <summary>What a query with two <c>from</c> clauses is made of.</summary>
    /// <param name="collectionSelector">The inner collection of a record.</param>
    /// <param name="resultSelector">The result of a record and an element of its collection.</param>
    /// <typeparam name="TElement">The type of the inner elements.</typeparam>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    public DataStream<TResult> SelectMany<TElement, TResult>(
        Func<T, IEnumerable<TElement>> collectionSelector, Func<T, TElement, TResult> resultSelector)
    {
        ArgumentNullException.ThrowIfNull(collectionSelector);
        ArgumentNullException.ThrowIfNull(resultSelector);
        return SelectMany(record => collectionSelector(record).Select(element => resultSelector(record, element)));
    }

    /// <summary>Puts this stream and others together. Event time is the least of theirs; idle ones are left out.</summary>
    /// <param name="others">The other streams, of the same topology.</param>
    /// <exception cref="ArgumentException">A stream belongs to another topology.</exception>
    public DataStream<T> Union(params ReadOnlySpan<DataStream<T>> others)
    {
        List<StreamNode<T>> inputs = [Node];
        foreach (DataStream<T> other in others)
        {
            if (!ReferenceEquals(other._builder, _builder))
            {
                throw new ArgumentException("Only streams of the same TopologyBuilder can be put together.", nameof(others));
            }

            inputs.Add(other.Node);
        }

        var union = new UnionNode<T>(inputs);
        inputs.ForEach(input => input.AddConsumer(union));
        return new DataStream<T>(_builder, _builder.Add(union));
    }

    /// <summary>Divides the stream in two.</summary>
    /// <param name="predicate">Which records go into the first part.</param>
    /// <param name="onError">What happens to a record on which it throws.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <returns>The records for which the predicate holds, and the others. What goes into a part without a consumer is counted as dropped.</returns>
    public (DataStream<T> Matching, DataStream<T> Others) Split(
        Func<T, bool> predicate, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        IReadOnlyList<DataStream<T>> parts = Split([(record, _) => predicate(record)], onError, name);
        return (parts[0], parts[1]);
    }

    /// <inheritdoc cref="Split(Func{T, bool}, ErrorPolicy, string?)"/>
    public (DataStream<T> Matching, DataStream<T> Others) Split(
        Func<T, RecordContext, bool> predicate, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null)
    {
        IReadOnlyList<DataStream<T>> parts = Split([NotNull(predicate)], onError, name);
        return (parts[0], parts[1]);
    }

    /// <summary>Divides the stream into several.</summary>
    /// <param name="predicates">A record goes to the first whose predicate holds.</param>
    /// <param name="onError">What happens to a record on which a predicate throws.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <returns>
    /// A stream for each predicate, and one more for the records that none of them takes. What goes into one without a consumer is
    /// counted as dropped.
    /// </returns>
    public IReadOnlyList<DataStream<T>> Split(
        IReadOnlyList<Func<T, bool>> predicates, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(predicates);
        return Split([.. predicates.Select(NotNull).Select(predicate => new Func<T, RecordContext, bool>((record, _) => predicate(record)))], onError, name);
    }

    /// <summary>Assigns event time from a timestamp in the record. Call it on the source's stream, before <c>KeyBy</c>.</summary>
    /// <param name="timestamp">When what the record tells of happened.</param>
    /// <param name="watermarks">How it is known how far event time has got; see <see cref="Watermarks"/>.</param>
    /// <param name="onError">What happens to a record on which it throws.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    public DataStream<T> WithEventTime(
        Func<T, DateTimeOffset> timestamp, WatermarkStrategy watermarks, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        WithEventTime<InstantSelector<T>>(new(NotNull(timestamp)), watermarks, onError, name);

    /// <summary>
    /// Assigns event time from a timestamp in Unix milliseconds, as devices send it: since 1970-01-01T00:00:00Z. Call it on the source's
    /// stream, before <c>KeyBy</c>.
    /// </summary>
    /// <param name="unixMilliseconds">When what the record tells of happened.</param>
    /// <param name="watermarks">How it is known how far event time has got; see <see cref="Watermarks"/>.</param>
    /// <param name="onError">What happens to a record on which it throws, or whose time lies outside the years 1 to 9999.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    public DataStream<T> WithEventTime(
        Func<T, long> unixMilliseconds, WatermarkStrategy watermarks, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        WithEventTime<UnixMillisecondsSelector<T>>(new(NotNull(unixMilliseconds)), watermarks, onError, name);

    /// <inheritdoc cref="WithEventTime(Func{T, DateTimeOffset}, WatermarkStrategy, ErrorPolicy, string?)"/>
    public DataStream<T> WithEventTime(
        Func<T, RecordContext, DateTimeOffset> timestamp, WatermarkStrategy watermarks, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        WithEventTime<ContextInstantSelector<T>>(new(NotNull(timestamp)), watermarks, onError, name);

    /// <summary>Takes the timestamps that the source gives, or the time of reading if it gives none, as event time.</summary>
    /// <param name="watermarks">How it is known how far event time has got; see <see cref="Watermarks"/>.</param>
    /// <param name="onError">What happens to a record that the strategy refuses.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <exception cref="ArgumentException">The strategy reads watermarks from records of another type.</exception>
    public DataStream<T> WithEventTime(WatermarkStrategy watermarks, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        WithEventTime<GivenTimestamp<T>>(default, watermarks, onError, name);

    /// <summary>Brings records of the same key together: to the lane that owns the key. What follows is done a key at a time.</summary>
    /// <param name="key">The key of a record; never null. Is called more than once a record.</param>
    /// <param name="hash">
    /// A hash of the key that is the same in every process. Needed only for keys that are not a string, an integer, an enum, a Guid, a
    /// date or time, or a tuple of these.
    /// </param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    public KeyedStream<TKey, T> KeyBy<TKey>(Func<T, TKey> key, Func<TKey, int>? hash = null, string? name = null)
        where TKey : notnull =>
        KeyBy(new KeySelector<T, TKey>(NotNull(key)), hash, name);

    /// <inheritdoc cref="KeyBy{TKey}(Func{T, TKey}, Func{TKey, int}?, string?)"/>
    public KeyedStream<TKey, T> KeyBy<TKey>(Func<T, RecordContext, TKey> key, Func<TKey, int>? hash = null, string? name = null)
        where TKey : notnull =>
        KeyBy(new KeySelector<T, TKey>(NotNull(key)), hash, name);

    /// <summary>Spreads the records evenly over all lanes: for work on them that is more than one lane can do.</summary>
    public DataStream<T> Rebalance() => Append(new RebalanceNode<T>(Node));

    /// <summary>Ends the stream in a sink. The stream can have other consumers too.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="sink">Where the records go.</param>
    public void To(string name, ISink<T> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        AddTerminal(new SinkNode<T>(Node, sink, name, _builder.CountOf(NodeKind.Sink)));
    }

    /// <summary>Ends the stream in a callback, called for one record at a time, on one lane.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="action">The callback. Must not block: it holds up everything else on its lane.</param>
    /// <param name="onError">What happens to a record on which it throws.</param>
    public void ForEach(string name, Action<T> action, ErrorPolicy onError = ErrorPolicy.Fail) =>
        ForEach<PlainAction<T>>(name, new(NotNull(action)), onError);

    /// <inheritdoc cref="ForEach(string, Action{T}, ErrorPolicy)"/>
    public void ForEach(string name, Action<T, RecordContext> action, ErrorPolicy onError = ErrorPolicy.Fail) =>
        ForEach<ContextAction<T>>(name, new(NotNull(action)), onError);

    private IReadOnlyList<DataStream<T>> Split(Func<T, RecordContext, bool>[] predicates, ErrorPolicy onError, string? name)
    {
        var split = new SplitNode<T>(Node, predicates, name) { ErrorPolicy = onError };
        Node.AddConsumer(split);
        _builder.Add(split);
        return [.. split.Branches.Select(branch => new DataStream<T>(_builder, _builder.Add(branch)))];
    }

    private static TFunction NotNull<TFunction>(TFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return function;
    }

    private DataStream<TResult> Select<TResult, TFunction>(TFunction function, ErrorPolicy onError, string? name)
        where TFunction : struct, IFunction<T, TResult> =>
        Append(new SelectNode<T, TResult, TFunction>(Node, function, name) { ErrorPolicy = onError });

    private DataStream<T> Where<TFunction>(TFunction function, ErrorPolicy onError, string? name)
        where TFunction : struct, IFunction<T, bool> =>
        Append(new WhereNode<T, TFunction>(Node, function, name) { ErrorPolicy = onError });

    private DataStream<TResult> SelectMany<TResult, TFunction>(TFunction function, ErrorPolicy onError, string? name)
        where TFunction : struct, IFunction<T, IEnumerable<TResult>> =>
        Append(new SelectManyNode<T, TResult, TFunction>(Node, function, name) { ErrorPolicy = onError });

    private KeyedStream<TKey, T> KeyBy<TKey>(KeySelector<T, TKey> key, Func<TKey, int>? hash, string? name)
        where TKey : notnull
    {
        var node = new KeyByNode<TKey, T>(Node, key, hash, name);
        Node.AddConsumer(node);
        return new KeyedStream<TKey, T>(_builder, _builder.Add(node));
    }

    private DataStream<T> WithEventTime<TFunction>(TFunction timestamp, WatermarkStrategy watermarks, ErrorPolicy onError, string? name)
        where TFunction : struct, IFunction<T, long>
    {
        ArgumentNullException.ThrowIfNull(watermarks);
        if (watermarks.Marks is not (null or Func<T, DateTimeOffset?>))
        {
            throw new ArgumentException(
                $"The strategy reads watermarks from records of type {watermarks.RecordType!.Name}, but the stream is of {typeof(T).Name}: give " +
                "Watermarks.Punctuated a function that takes the stream's records.",
                nameof(watermarks));
        }

        return Append(new EventTimeNode<T, TFunction>(Node, timestamp, watermarks, name) { ErrorPolicy = onError });
    }

    private DataStream<TResult> Append<TNode, TResult>(TNode node)
        where TNode : StreamNode<TResult>, IConsumer<T>
    {
        Node.AddConsumer(node);
        return new DataStream<TResult>(_builder, _builder.Add(node));
    }

    private DataStream<TResult> Append<TResult>(StepNode<T, TResult> node) => Append<StepNode<T, TResult>, TResult>(node);

    private DataStream<T> Append(RebalanceNode<T> node) => Append<RebalanceNode<T>, T>(node);

    private void ForEach<TAction>(string name, TAction action, ErrorPolicy onError)
        where TAction : struct, IAction<T> =>
        AddTerminal(new ForEachNode<T, TAction>(Node, action, name, _builder.CountOf(NodeKind.ForEach)) { ErrorPolicy = onError });

    private void AddTerminal(TerminalNode<T> node)
    {
        Node.AddConsumer(node);
        _builder.Add(node);
    }
}
