using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>
/// Pairs of records of two streams that have the same key and are not too far apart; say what becomes of each pair. A pair is given as soon as
/// the later of its records arrives, with the later of their timestamps.
/// </summary>
/// <remarks>
/// A record is late if its timestamp is no later than the watermark of its own stream less the allowed lateness, whatever the other stream
/// does: so it does not depend on how the two interleave which pairs there are. (A stream that is idle goes with the other one.) Late
/// records are counted, and go to a side output if there is one. A record is kept until the watermark of the other stream says that no partner
/// can come any more.
/// </remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TLeft">The type of the left stream's records.</typeparam>
/// <typeparam name="TRight">The type of the right stream's records.</typeparam>
public sealed class IntervalJoin<TKey, TLeft, TRight>
    where TKey : notnull
{
    private readonly TopologyBuilder _builder;
    private readonly KeyedNode<TKey, TLeft> _left;
    private readonly KeyedNode<TKey, TRight> _right;
    private readonly JoinInterval _interval;
    private readonly AllowedLateness _lateness;

    internal IntervalJoin(
        TopologyBuilder builder, KeyedNode<TKey, TLeft> left, KeyedNode<TKey, TRight> right, JoinInterval interval, AllowedLateness lateness)
    {
        _builder = builder;
        _left = left;
        _right = right;
        _interval = interval;
        _lateness = lateness;
    }

    /// <summary>Makes a result of each pair.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">The result of a left and a right record.</param>
    /// <param name="onError">What happens when it throws, for that pair, or when a key does, for that record.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    public DataStream<TResult> Select<TResult>(string name, Func<TLeft, TRight, TResult> result, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Select(name, result, out _, out _, onError);

    /// <summary>Makes a result of each pair.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">The result of a left and a right record.</param>
    /// <param name="lateLeft">The left records that came too late.</param>
    /// <param name="lateRight">The right records that came too late.</param>
    /// <param name="onError">What happens when it throws, for that pair, or when a key does, for that record.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    public DataStream<TResult> Select<TResult>(
        string name,
        Func<TLeft, TRight, TResult> result,
        out DataStream<TLeft> lateLeft,
        out DataStream<TRight> lateRight,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Add(name, OuterJoin.None, result, out lateLeft, out lateRight, onError);
    }

    /// <summary>Makes a result of each pair, and of each record that stays without a partner.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="outer">Which side's records give a result without a partner.</param>
    /// <param name="result">
    /// The result of a left and a right record, of which one is missing: then it is the default of its type. Where that could be a record too,
    /// as with numbers, make the records nullable before the join.
    /// </param>
    /// <param name="onError">What happens when it throws, for that pair, or when a key does, for that record.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <returns>
    /// The results. One without a partner comes when the watermark says that there will be none; its timestamp is the last instant at which there
    /// could have been one, the allowed lateness included, so that it is not late itself. A late record gives none.
    /// </returns>
    public DataStream<TResult> SelectOuter<TResult>(
        string name, OuterJoin outer, Func<TLeft?, TRight?, TResult> result, ErrorPolicy onError = ErrorPolicy.Fail) =>
        SelectOuter(name, outer, result, out _, out _, onError);

    /// <inheritdoc cref="SelectOuter{TResult}(string, OuterJoin, Func{TLeft, TRight, TResult}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="outer">Which side's records give a result without a partner.</param>
    /// <param name="result">The result of a left and a right record, of which one may be missing.</param>
    /// <param name="lateLeft">The left records that came too late.</param>
    /// <param name="lateRight">The right records that came too late.</param>
    /// <param name="onError">What happens when it throws, for that pair, or when a key does, for that record.</param>
    public DataStream<TResult> SelectOuter<TResult>(
        string name,
        OuterJoin outer,
        Func<TLeft?, TRight?, TResult> result,
        out DataStream<TLeft> lateLeft,
        out DataStream<TRight> lateRight,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)outer, (uint)OuterJoin.Full, nameof(outer));
        return Add(name, outer, result, out lateLeft, out lateRight, onError);
    }

    private DataStream<TResult> Add<TResult>(
        string name,
        OuterJoin outer,
        Func<TLeft, TRight, TResult> result,
        out DataStream<TLeft> lateLeft,
        out DataStream<TRight> lateRight,
        ErrorPolicy onError)
    {
        var settings = new IntervalJoinSettings(
            Ticks.Bounded(_interval.Lower), Ticks.Bounded(_interval.Upper), Ticks.Bounded(_lateness.Time), outer);
        string kind = outer == OuterJoin.None ? "inner" : $"{outer.ToString().ToLowerInvariant()} outer";
        var node = new IntervalJoinNode<TKey, TLeft, TRight, TResult>(
            _left, _right, settings, result, $"{kind}, {_interval}, allowed lateness {_lateness.Time}", name)
        {
            ErrorPolicy = onError,
        };
        _builder.Add(node);
        lateLeft = new DataStream<TLeft>(_builder, _builder.Add(node.LateLeft));
        lateRight = new DataStream<TRight>(_builder, _builder.Add(node.LateRight));
        return new DataStream<TResult>(_builder, node);
    }
}
