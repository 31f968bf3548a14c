using IoTStream.Connectors;

namespace IoTStream.Coap.Server;

/// <summary>What is the same for all requests of a path.</summary>
/// <param name="Resource">What answers them.</param>
/// <param name="Path">The path.</param>
/// <param name="Headers">The headers of records that are made of them: one object for all.</param>
internal sealed record Route(Resource Resource, CoapPath Path, RecordHeaders Headers);
