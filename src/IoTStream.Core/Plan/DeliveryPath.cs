using IoTStream.Connectors;

namespace IoTStream.Plan;

/// <summary>What holds for a record on its way from a source to an end, if the job has an epoch log.</summary>
/// <param name="Source">The source.</param>
/// <param name="End">The sink, or whatever has an effect on somebody else.</param>
internal sealed record DeliveryPath(Node Source, Node End)
{
    public Delivery Delivery => (Delivery)Math.Min((int)Source.Delivery, (int)End.Delivery);

    /// <summary>What stands in the way of exactly once; empty if nothing does.</summary>
    public string Reason => Delivery == Delivery.ExactlyOnce ? ""
        : Source.Delivery == Delivery.AtMostOnce ? $"source '{Source.Name}' does not give again what was lost"
        : Source.Delivery < End.Delivery ? $"source '{Source.Name}' can give again what it has given"
        : $"{(End.Kind == NodeKind.ForEach ? "the function" : "sink")} '{End.Name}' cannot tell what it has been given already";

    /// <summary>All paths of a topology.</summary>
    public static IEnumerable<DeliveryPath> Of(IEnumerable<Node> nodes) => nodes
        .Where(static node => node.Kind is NodeKind.Sink or NodeKind.ForEach)
        .SelectMany(static end => end.Sources().Select(source => new DeliveryPath(source, end)));

    /// <summary>The paths that do not hold what is asked for.</summary>
    public static IEnumerable<TopologyError> Check(IEnumerable<Node> nodes, Delivery required) => Of(nodes)
        .Where(path => path.Delivery < required)
        .Select(path => new TopologyError(
            "delivery",
            path.End.Name,
            $"From '{path.Source.Name}' to '{path.End.Name}' there is {InWords(path.Delivery)} delivery, not {InWords(required)}: {path.Reason}. Use another connector there, or ask for less."));

    public static string InWords(Delivery delivery) => delivery switch
    {
        Delivery.ExactlyOnce => "exactly-once",
        Delivery.AtLeastOnce => "at-least-once",
        _ => "at-most-once",
    };
}
