using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>A stream whose records are processed a key at a time.</summary>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed partial class KeyedStream<TKey, T>
    where TKey : notnull
{
    private readonly TopologyBuilder _builder;
    private readonly KeyedNode<TKey, T> _node;

    internal KeyedStream(TopologyBuilder builder, KeyedNode<TKey, T> node)
    {
        _builder = builder;
        _node = node;
    }

    /// <summary>Divides event time into windows, for each key.</summary>
    /// <param name="windows">Which: <see cref="Tumbling.Of"/>, <see cref="Sliding.Of"/>, <see cref="Civil.Days"/> and the like, or <see cref="Sessions.WithGap"/>.</param>
    /// <param name="lateness">How long a window waits for late records after it has given its result. Has no default: it decides what is lost.</param>
    public WindowedStream<TKey, T> Window(WindowSpec windows, AllowedLateness lateness)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(lateness);
        return new WindowedStream<TKey, T>(_builder, _node, windows, lateness);
    }
}
