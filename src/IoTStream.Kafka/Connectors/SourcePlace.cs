namespace IoTStream.Kafka.Connectors;

/// <summary>Whose source it is.</summary>
/// <param name="Topology">The name of the topology.</param>
/// <param name="Step">The name of the source step.</param>
internal readonly record struct SourcePlace(string Topology, string Step);
