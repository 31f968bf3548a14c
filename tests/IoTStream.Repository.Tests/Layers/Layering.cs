namespace IoTStream.Repository.Tests.Layers;

/// <summary>The order of the layers of IoTStream.Core: a layer is a namespace, and refers only to itself and those below.</summary>
internal static class Layering
{
    /// <summary>From top to bottom.</summary>
    public static readonly string[] Layers = ["Dsl", "Plan", "Runtime", "Operators", "State", "Log", "Connectors", "Disk", "Time"];

    /// <summary>What the adapters may see of the core.</summary>
    public static readonly string[] ForAdapters = ["Dsl", "Log", "Connectors", "Time"];

    /// <summary>What the test harness may see besides: it takes the place of a job and drives the lanes itself.</summary>
    public static readonly string[] ForTesting = [.. ForAdapters, "Plan", "Runtime", "Operators"];

    /// <summary>What an adapter may see besides that runs topologies on many processes: it starts their shards, and keeps what these commit.</summary>
    public static readonly string[] ForScaleOut = [.. ForAdapters, "Plan", "Runtime", "State"];

    /// <summary>What the command-line tools may see besides: they look into logs that no job has open.</summary>
    public static readonly string[] ForTools = [.. ForAdapters, "Disk"];

    private const string Root = "IoTStream.";

    /// <summary>The layer of a namespace, null for one that is none of ours.</summary>
    public static string? Of(string? space) =>
        space?.StartsWith(Root, StringComparison.Ordinal) == true ? space[Root.Length..].Split('.')[0] : null;

    /// <summary>Every use of an upper layer by a lower one among some types.</summary>
    public static IEnumerable<string> Violations(IEnumerable<Type> types) =>
        from type in types
        let layer = Of(type.Namespace)
        where layer is not null
        from used in TypeUses.Of(type)
        let usedLayer = Of(used.Namespace)
        where usedLayer is not null && Array.IndexOf(Layers, usedLayer) < Array.IndexOf(Layers, layer)
        select $"{type} refers to {used}";
}
