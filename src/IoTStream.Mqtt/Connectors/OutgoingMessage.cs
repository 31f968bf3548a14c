using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What a sink is to publish: what differs from message to message.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Payload">The payload.</param>
/// <param name="Identifier">The identifier, if it has one.</param>
internal readonly record struct OutgoingMessage(TopicName Topic, ReadOnlyMemory<byte> Payload, string? Identifier)
{
    /// <summary>What is stored beside the payload: as a source would give it, so that a spool can be read as what it is, a topic of a durable queue.</summary>
    public RecordHeaders ToHeaders() => Identifier is null
        ? new RecordHeaders(new RecordHeader(MqttHeaders.Topic, Topic.Utf8))
        : new RecordHeaders(new RecordHeader(MqttHeaders.Topic, Topic.Utf8), new RecordHeader(MqttHeaders.MessageId, Identifier));
}
