using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>A stream of which every lane is given every record: rules, settings, thresholds. Give it to <c>KeyedStream.Process</c>.</summary>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class BroadcastStream<T>
{
    internal BroadcastStream(TopologyBuilder builder, BroadcastNode<T> node)
    {
        Builder = builder;
        Node = node;
    }

    internal TopologyBuilder Builder { get; }

    internal BroadcastNode<T> Node { get; }
}
