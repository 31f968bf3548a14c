namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Joins this stream, the left one, with another by key and by how far apart records are in event time. The keys of both have to have the
    /// same hash: the library's, or the same function given to both <c>KeyBy</c>.
    /// </summary>
    /// <param name="right">The other stream, of the same topology. It can be this one.</param>
    /// <param name="interval">How far apart the records of a pair may be.</param>
    /// <param name="lateness">How much longer than the watermarks say records wait for late partners. Has no default: it decides what is lost.</param>
    /// <typeparam name="TRight">The type of the other stream's records.</typeparam>
    /// <exception cref="ArgumentException">The stream belongs to another topology.</exception>
    public IntervalJoin<TKey, T, TRight> Join<TRight>(KeyedStream<TKey, TRight> right, JoinInterval interval, AllowedLateness lateness)
    {
        ArgumentNullException.ThrowIfNull(interval);
        ArgumentNullException.ThrowIfNull(lateness);
        return new IntervalJoin<TKey, T, TRight>(_builder, _node, Partner(right), interval, lateness);
    }

    /// <summary>
    /// Joins this stream, the left one, with another by key and by the windows that both fall into. The keys of both have to have the same hash:
    /// the library's, or the same function given to both <c>KeyBy</c>.
    /// </summary>
    /// <param name="right">The other stream, of the same topology. It can be this one.</param>
    /// <param name="windows">Which windows: any that go by event time, so not counted ones.</param>
    /// <param name="lateness">How long a window waits for late records after it has given its results. Has no default: it decides what is lost.</param>
    /// <typeparam name="TRight">The type of the other stream's records.</typeparam>
    /// <exception cref="ArgumentException">The stream belongs to another topology, or the windows do not go by event time.</exception>
    public WindowJoin<TKey, T, TRight> Join<TRight>(KeyedStream<TKey, TRight> right, WindowSpec windows, AllowedLateness lateness)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(lateness);
        if (!windows.GoesByEventTime)
        {
            throw new ArgumentException(
                $"Windows of this kind ({windows}) would count the records of both streams as they happen to interleave: join by windows that go by event time.",
                nameof(windows));
        }

        return new WindowJoin<TKey, T, TRight>(_builder, _node, Partner(right), windows, lateness);
    }

    /// <summary>
    /// Joins each record of this stream with the row that a table had for its key at the record's time. The table is a stream of versions: each
    /// record of it is what its key's row is from its timestamp on. The keys of both have to have the same hash: the library's, or the same
    /// function given to both <c>KeyBy</c>.
    /// </summary>
    /// <param name="table">The versions of the table's rows, of the same topology. It can be this stream.</param>
    /// <param name="lateness">
    /// How late by their own watermark records of this stream may be; versions are kept for as much longer, deletions too. Has no default: it
    /// decides what is lost.
    /// </param>
    /// <param name="isDeletion">Which versions say that there is no row any more; by default none.</param>
    /// <typeparam name="TRow">The type of the rows.</typeparam>
    /// <exception cref="ArgumentException">The table belongs to another topology.</exception>
    public AsOfJoin<TKey, T, TRow> JoinAsOf<TRow>(KeyedStream<TKey, TRow> table, AllowedLateness lateness, Func<TRow, bool>? isDeletion = null)
    {
        ArgumentNullException.ThrowIfNull(lateness);
        return new AsOfJoin<TKey, T, TRow>(_builder, _node, Partner(table), lateness, isDeletion);
    }

    private Plan.KeyedNode<TKey, TRight> Partner<TRight>(KeyedStream<TKey, TRight> right)
    {
        ArgumentNullException.ThrowIfNull(right);
        return ReferenceEquals(right._builder, _builder)
            ? right._node
            : throw new ArgumentException("Only streams of the same TopologyBuilder can be joined.", nameof(right));
    }
}
