using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What a sink is to publish: what differs from message to message.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Payload">The payload.</param>
/// <param name="Identifier">The identifier, if it has one.</param>
/// <param name="Trace">The trace that it is part of, if any.</param>
internal readonly record struct OutgoingMessage(TopicName Topic, ReadOnlyMemory<byte> Payload, string? Identifier, TraceContext? Trace)
{
    /// <summary>What is stored beside the payload: as a source would give it, so that a spool can be read as what it is, a topic of a durable queue.</summary>
    public RecordHeaders ToHeaders()
    {
        var topic = new RecordHeader(MqttHeaders.Topic, Topic.Utf8);
        return (Identifier, Trace) switch
        {
            (null, null) => new RecordHeaders(topic),
            ({ } identifier, null) => new RecordHeaders(topic, new RecordHeader(MqttHeaders.MessageId, identifier)),
            (_, { } trace) => new RecordHeaders([
                topic,
                .. Identifier is null ? (RecordHeader[])[] : [new RecordHeader(MqttHeaders.MessageId, Identifier)],
                .. trace.ToProperties().Select(static property => new RecordHeader(property.Name, property.Value))]),
        };
    }

    /// <summary>The trace that stored headers tell of.</summary>
    public static TraceContext? TraceOf(RecordHeaders headers) =>
        headers.Text(MessageTracing.ParentProperty) is { } parent ? new TraceContext(parent, headers.Text(MessageTracing.StateProperty)) : null;
}
