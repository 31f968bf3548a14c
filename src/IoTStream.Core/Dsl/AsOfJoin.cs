using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>
/// The records of a stream, each with the row that a table had for its key at its time: the version with the greatest timestamp that is no later
/// than the record's, of several with the same timestamp the one that arrived last. Say what becomes of each.
/// </summary>
/// <remarks>
/// <para>
/// A record waits until the watermark of the table has reached its timestamp, so that the result does not depend on the order in which
/// records and versions arrive. A table that is idle goes with the watermark of the stream. How many records wait is not limited: those of
/// the time by which the stream is ahead of the table, which <see cref="Watermarks"/> can align.
/// </para>
/// <para>
/// A record is late if its timestamp is no later than the watermark of its own stream less the allowed lateness; late records are counted, and go to
/// a side output if there is one. A version that is late by the watermark of the table is counted, and valid for the records that
/// have not been given yet. Of each key the version is kept that was valid up to where both watermarks are, less the allowed lateness, and all later ones.
/// </para>
/// </remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the stream's records.</typeparam>
/// <typeparam name="TRow">The type of the table's rows.</typeparam>
public sealed class AsOfJoin<TKey, T, TRow>
    where TKey : notnull
{
    private readonly TopologyBuilder _builder;
    private readonly KeyedNode<TKey, T> _stream;
    private readonly KeyedNode<TKey, TRow> _table;
    private readonly AllowedLateness _lateness;
    private readonly Func<TRow, bool>? _isDeletion;

    internal AsOfJoin(
        TopologyBuilder builder, KeyedNode<TKey, T> stream, KeyedNode<TKey, TRow> table, AllowedLateness lateness, Func<TRow, bool>? isDeletion)
    {
        _builder = builder;
        _stream = stream;
        _table = table;
        _lateness = lateness;
        _isDeletion = isDeletion;
    }

    /// <summary>Makes a result of each record that has a row.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">The result of a record and its row. It keeps the timestamp of the record, and what is known of where that came from.</param>
    /// <param name="onError">What happens when it throws, or a key does, for that record; or when the table's key or deletion does, for that version.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    public DataStream<TResult> Select<TResult>(string name, Func<T, TRow, TResult> result, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Select(name, result, out _, onError);

    /// <inheritdoc cref="Select{TResult}(string, Func{T, TRow, TResult}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">The result of a record and its row.</param>
    /// <param name="late">The records that came too late.</param>
    /// <param name="onError">What happens when a function throws.</param>
    public DataStream<TResult> Select<TResult>(
        string name, Func<T, TRow, TResult> result, out DataStream<T> late, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Add(name, isOuter: false, result, out late, onError);
    }

    /// <summary>Makes a result of each record, whether it has a row or not.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">
    /// The result of a record and its row. If there is none, the row is the default of its type; where that could be a row too, as with
    /// numbers, make the rows nullable before the join.
    /// </param>
    /// <param name="onError">What happens when it throws, or a key does, for that record; or when the table's key or deletion does, for that version.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    public DataStream<TResult> SelectOuter<TResult>(string name, Func<T, TRow?, TResult> result, ErrorPolicy onError = ErrorPolicy.Fail) =>
        SelectOuter(name, result, out _, onError);

    /// <inheritdoc cref="SelectOuter{TResult}(string, Func{T, TRow, TResult}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="result">The result of a record and its row, which may be missing.</param>
    /// <param name="late">The records that came too late.</param>
    /// <param name="onError">What happens when a function throws.</param>
    public DataStream<TResult> SelectOuter<TResult>(
        string name, Func<T, TRow?, TResult> result, out DataStream<T> late, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Add(name, isOuter: true, result, out late, onError);
    }

    private DataStream<TResult> Add<TResult>(
        string name, bool isOuter, Func<T, TRow, TResult> result, out DataStream<T> late, ErrorPolicy onError)
    {
        var settings = new AsOfJoinSettings<TRow>(Ticks.Bounded(_lateness.Time), isOuter, _isDeletion);
        var node = new AsOfJoinNode<TKey, T, TRow, TResult>(_stream, _table, settings, result, name) { ErrorPolicy = onError };
        _builder.Add(node);
        late = new DataStream<T>(_builder, _builder.Add(node.Late));
        return new DataStream<TResult>(_builder, node);
    }
}
