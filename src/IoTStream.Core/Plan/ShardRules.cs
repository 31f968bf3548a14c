using IoTStream.Connectors;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>Finds what keeps a topology from being scaled out over processes, all of it in one go.</summary>
internal static class ShardRules
{
    public static IEnumerable<TopologyError> Check(IReadOnlyList<Node> nodes, Delivery required)
    {
        foreach (Node node in nodes)
        {
            if (node is ISourceNode source && source.WhyNotShared() is { } reason)
            {
                yield return new TopologyError("source-not-shared", node.Name, $"Source '{node.Name}' cannot be scaled out: {reason}.");
            }
            else if (node is ISinkNode { IsShardSink: false } or { Kind: NodeKind.ForEach } && required == Delivery.ExactlyOnce)
            {
                yield return new TopologyError(
                    "sink-not-shared",
                    node.Name,
                    $"{node.Kind} '{node.Name}' takes no part in the transactions of a topology that is scaled out, so what it is given can come twice. Produce to a topic and let a job of its own bring it from " +
                    "there, or ask for at-least-once.");
            }
            else if (node is { Kind: NodeKind.KeyBy, GivenName: null })
            {
                yield return new TopologyError(
                    "exchange-without-name", node.Name, $"KeyBy '{node.Name}' has no name: a topology that is scaled out sends records there through a topic that is named after it, so give it one that stays the same.");
            }
        }
    }
}
