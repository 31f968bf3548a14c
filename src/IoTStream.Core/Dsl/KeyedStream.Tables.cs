using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Keeps the last record of each key. The last is the one with the latest timestamp, of several with the same the one that arrived last; without event
    /// time it is the one that arrived last. Records count however late they are. A table needs no sink.
    /// </summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="onError">What happens to a record whose key throws.</param>
    public KeyedTable<TKey, T> ToTable(string name, ErrorPolicy onError = ErrorPolicy.Fail) => AddTable(name, removes: null, lateness: null, onError);

    /// <summary>
    /// Keeps the last record of each key, as <see cref="ToTable(string, ErrorPolicy)"/> does, unless that record says that the key is to be removed. A record
    /// from before a removal does not bring its key back, in whatever order they arrive.
    /// </summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="removes">Which records remove their key.</param>
    /// <param name="lateness">
    /// For how much longer than the watermark says removals are remembered, which takes memory. A record that is later than that and whose key the table
    /// does not have may be from before its removal: it is counted as late and not taken up. Plays no part without event time. Has no default: it decides what
    /// is lost.
    /// </param>
    /// <param name="onError">What happens to a record on which the function or its key throws.</param>
    public KeyedTable<TKey, T> ToTable(
        string name, Func<T, bool> removes, AllowedLateness lateness, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(removes);
        ArgumentNullException.ThrowIfNull(lateness);
        return AddTable(name, removes, lateness.Time, onError);
    }

    /// <summary>
    /// Joins each record of this stream with what a table had for its key at the record's time: as
    /// <see cref="JoinAsOf{TRow}(KeyedStream{TKey, TRow}, AllowedLateness, Func{TRow, bool})"/> with the table's <see cref="KeyedTable{TKey, T}.Records"/>, of
    /// which those that remove their key are the deletions.
    /// </summary>
    /// <param name="table">The table, of the same topology.</param>
    /// <param name="lateness">
    /// How late by their own watermark records of this stream may be; versions are kept for as much longer, deletions too. Has no default: it
    /// decides what is lost.
    /// </param>
    /// <typeparam name="TRow">The type of the table's records.</typeparam>
    /// <exception cref="ArgumentException">The table belongs to another topology.</exception>
    public AsOfJoin<TKey, T, TRow> JoinAsOf<TRow>(KeyedTable<TKey, TRow> table, AllowedLateness lateness)
    {
        ArgumentNullException.ThrowIfNull(table);
        return JoinAsOf(table.Records, lateness, table.Node.Removes);
    }

    private KeyedTable<TKey, T> AddTable(string name, Func<T, bool>? removes, TimeSpan? lateness, ErrorPolicy onError)
    {
        var node = new TableNode<TKey, T>(_node, removes, lateness, name) { ErrorPolicy = onError };
        _node.AddConsumer(node);
        return new KeyedTable<TKey, T>(_builder, _builder.Add(node));
    }
}
