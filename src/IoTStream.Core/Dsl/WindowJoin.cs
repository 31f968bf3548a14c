using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>
/// The records of two streams that have the same key and fall into the same window; say what becomes of them. Results come when the watermark of
/// both streams has passed the window, and again for late records within the allowed lateness, as <see cref="WindowedStream{TKey, T}"/> says.
/// </summary>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TLeft">The type of the left stream's records.</typeparam>
/// <typeparam name="TRight">The type of the right stream's records.</typeparam>
public sealed class WindowJoin<TKey, TLeft, TRight>
    where TKey : notnull
{
    private readonly TopologyBuilder _builder;
    private readonly KeyedNode<TKey, TLeft> _left;
    private readonly KeyedNode<TKey, TRight> _right;
    private readonly WindowSpec _windows;
    private readonly AllowedLateness _lateness;

    internal WindowJoin(
        TopologyBuilder builder, KeyedNode<TKey, TLeft> left, KeyedNode<TKey, TRight> right, WindowSpec windows, AllowedLateness lateness)
    {
        _builder = builder;
        _left = left;
        _right = right;
        _windows = windows;
        _lateness = lateness;
    }

    /// <summary>Makes a result of each pair of a left and a right record in the same window.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">The result of a pair.</param>
    /// <param name="onError">What happens when it throws, for that pair, or when a key does, for that record.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <returns>The results. Each bears the last instant of its window as its timestamp. When a window gives results anew, it gives all of them.</returns>
    public DataStream<WindowResult<TKey, TResult>> Select<TResult>(
        string name, Func<TLeft, TRight, TResult> result, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Select(name, result, out _, out _, onError);

    /// <summary>Makes a result of each pair of a left and a right record in the same window.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">The result of a pair.</param>
    /// <param name="lateLeft">The left records that came after all of their windows had been given up.</param>
    /// <param name="lateRight">The right records that came after all of their windows had been given up.</param>
    /// <param name="onError">What happens when it throws, for that pair, or when a key does, for that record.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <returns>The results. Each bears the last instant of its window as its timestamp. When a window gives results anew, it gives all of them.</returns>
    public DataStream<WindowResult<TKey, TResult>> Select<TResult>(
        string name,
        Func<TLeft, TRight, TResult> result,
        out DataStream<TLeft> lateLeft,
        out DataStream<TRight> lateRight,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Group(name, out lateLeft, out lateRight, onError)
            .SelectMany(Pairs, name: $"{name} pairs")
            .Select(pair => With(pair, result(pair.Value.Left, pair.Value.Right)), onError, $"{name} results");
    }

    /// <summary>Makes a result of all records of a key and window. There is one as soon as either stream has a record there.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">
    /// The result of a key, a window, its left and its right records, either of which may be none. The lists are in the order of event time,
    /// records with the same timestamp in the order of their arrival, and can be kept.
    /// </param>
    /// <param name="onError">What happens when it throws, for that window, or when a key does, for that record.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <returns>The results. Each bears the last instant of its window as its timestamp.</returns>
    public DataStream<WindowResult<TKey, TResult>> CoGroup<TResult>(
        string name, Func<TKey, Window, IReadOnlyList<TLeft>, IReadOnlyList<TRight>, TResult> result, ErrorPolicy onError = ErrorPolicy.Fail) =>
        CoGroup(name, result, out _, out _, onError);

    /// <summary>Makes a result of all records of a key and window. There is one as soon as either stream has a record there.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">
    /// The result of a key, a window, its left and its right records, either of which may be none. The lists are in the order of event time,
    /// records with the same timestamp in the order of their arrival, and can be kept.
    /// </param>
    /// <param name="lateLeft">The left records that came after all of their windows had been given up.</param>
    /// <param name="lateRight">The right records that came after all of their windows had been given up.</param>
    /// <param name="onError">What happens when it throws, for that window, or when a key does, for that record.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <returns>The results. Each bears the last instant of its window as its timestamp.</returns>
    public DataStream<WindowResult<TKey, TResult>> CoGroup<TResult>(
        string name,
        Func<TKey, Window, IReadOnlyList<TLeft>, IReadOnlyList<TRight>, TResult> result,
        out DataStream<TLeft> lateLeft,
        out DataStream<TRight> lateRight,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Group(name, out lateLeft, out lateRight, onError)
            .Select(group => With(group, result(group.Key, group.Window, group.Value.Left, group.Value.Right)), onError, $"{name} results");
    }

    private static WindowResult<TKey, TResult> With<TValue, TResult>(WindowResult<TKey, TValue> source, TResult value) =>
        new(source.Key, source.Window, value, source.Timing, source.Pane);

    private static IEnumerable<WindowResult<TKey, (TLeft Left, TRight Right)>> Pairs(WindowResult<TKey, (TLeft[] Left, TRight[] Right)> group)
    {
        foreach (TLeft left in group.Value.Left)
        {
            foreach (TRight right in group.Value.Right)
            {
                yield return With(group, (left, right));
            }
        }
    }

    /// <summary>Both streams as one, its windows, and what each of them holds.</summary>
    private DataStream<WindowResult<TKey, (TLeft[] Left, TRight[] Right)>> Group(
        string name, out DataStream<TLeft> lateLeft, out DataStream<TRight> lateRight, ErrorPolicy onError)
    {
        var left = new JoinedSideNode<TKey, TLeft, TLeft, TRight>(_left, Joined<TKey, TLeft, TRight>.OfLeft) { ErrorPolicy = onError };
        var right = new JoinedSideNode<TKey, TRight, TLeft, TRight>(_right, Joined<TKey, TLeft, TRight>.OfRight) { ErrorPolicy = onError };
        _left.AddConsumer(_builder.Add(left));
        _right.AddConsumer(_builder.Add(right));
        var union = new UnionNode<Joined<TKey, TLeft, TRight>>([left, right]);
        left.AddConsumer(_builder.Add(union));
        right.AddConsumer(union);
        var joined = new JoinedNode<TKey, TLeft, TRight>(union, _left, _right, name);
        union.AddConsumer(_builder.Add(joined));
        var groups = new MergeableAggregation<
            Joined<TKey, TLeft, TRight>,
            CoGroupAggregate<TKey, TLeft, TRight>.Lists,
            (TLeft[] Left, TRight[] Right),
            CoGroupAggregate<TKey, TLeft, TRight>>(default, "co-group");
        DataStream<WindowResult<TKey, (TLeft[] Left, TRight[] Right)>> results = new KeyedStream<TKey, Joined<TKey, TLeft, TRight>>(_builder, joined)
            .Window(_windows, _lateness)
            .Aggregate(name, groups, out DataStream<Joined<TKey, TLeft, TRight>> late, onError);
        lateLeft = LateOf<TLeft>(late, record => record.IsRight ? [] : [record.Left]);
        lateRight = LateOf<TRight>(late, record => record.IsRight ? [record.Right] : []);
        return results;
    }

    private DataStream<T> LateOf<T>(DataStream<Joined<TKey, TLeft, TRight>> late, Func<Joined<TKey, TLeft, TRight>, IEnumerable<T>> record)
    {
        var node = new JoinedLateNode<TKey, TLeft, TRight, T>(late.Node, record);
        late.Node.AddConsumer(node);
        return new DataStream<T>(_builder, _builder.Add(node));
    }
}
