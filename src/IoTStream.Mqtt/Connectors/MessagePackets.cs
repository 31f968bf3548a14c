using System.Buffers;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Makes packets of a sink's messages, as its options say.</summary>
internal sealed class MessagePackets(MqttClient client, MqttSinkOptions options, MqttProtocolVersion version)
{
    /// <summary>Makes a packet.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">The payload, which has to stay until the packet is sent.</param>
    /// <param name="identifier">The identifier, if it has one.</param>
    /// <param name="expiry">After what time it expires, if it does.</param>
    /// <param name="trace">The trace that it is part of, if any.</param>
    public PublishPacket Create(TopicName topic, in ReadOnlySequence<byte> payload, string? identifier, TimeSpan? expiry, TraceContext? trace)
    {
        if (identifier is not null && options.Identify is { } identify)
        {
            return Identified(identify, topic, payload, identifier, expiry, trace);
        }

        bool hasProperties = version == MqttProtocolVersion.V500 && (identifier is not null || trace is not null || options.ContentType is not null || expiry is not null);
        return new PublishPacket
        {
            Topic = topic,
            Payload = payload,
            QualityOfService = options.QualityOfService,
            Retain = options.Retain,
            Properties = !hasProperties ? null : new PacketProperties
            {
                ContentType = options.ContentType,
                MessageExpiryInterval = MqttPublication.Seconds(expiry),
                UserProperties = UserProperties(identifier, trace),
            },
        };
    }

    private static List<MqttUserProperty>? UserProperties(string? identifier, TraceContext? trace) => (identifier, trace) switch
    {
        (null, null) => null,
        ({ } one, null) => [new MqttUserProperty(MqttHeaders.MessageId, one)],
        (null, { } context) => [.. context.ToProperties()],
        ({ } one, { } context) => [new MqttUserProperty(MqttHeaders.MessageId, one), .. context.ToProperties()],
    };

    private PublishPacket Identified(
        Func<MqttPublication, string, MqttPublication> identify, TopicName topic, in ReadOnlySequence<byte> payload, string identifier, TimeSpan? expiry, TraceContext? trace)
    {
        MqttPublication publication = identify(
            new MqttPublication
            {
                Topic = topic.Text,
                Payload = payload.ToArray(),
                QualityOfService = options.QualityOfService,
                Retain = options.Retain,
                ContentType = options.ContentType,
                Expiry = expiry,
                UserProperties = trace?.ToProperties() ?? [],
            },
            identifier);
        return publication.QualityOfService != MqttQualityOfService.AtMostOnce
            ? client.CreatePacket(publication)
            : throw new InvalidOperationException("MqttSinkOptions.Identify has made QoS 0 of a message; its quality of service is that of the options.");
    }
}
