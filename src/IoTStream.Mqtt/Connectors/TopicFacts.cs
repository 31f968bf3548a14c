using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What is the same for all messages of a topic.</summary>
/// <param name="Headers">The headers of a message without properties of its own: one object for all of them.</param>
/// <param name="Levels">The levels of the topic that have names.</param>
/// <param name="Partition">The partition that they are; null if all messages of the source are one.</param>
internal sealed record TopicFacts(RecordHeaders Headers, MqttTopicLevels? Levels, SourcePartition? Partition)
{
    public static TopicFacts Of(string topic, MqttTopicLevels? levels, SourcePartition? partition = null) =>
        new(new RecordHeaders(new RecordHeader(MqttHeaders.Topic, topic)), levels, partition);

    /// <summary>The headers of a message with properties.</summary>
    public RecordHeaders HeadersWith(PacketProperties properties)
    {
        if (properties is { ContentType: null, UserProperties: null, ResponseTopic: null, CorrelationData: null })
        {
            return Headers;
        }

        var headers = new List<RecordHeader>(Headers);
        if (properties.ContentType is { } contentType)
        {
            headers.Add(new RecordHeader(MqttHeaders.ContentType, contentType));
        }

        if (properties.ResponseTopic is { } responseTopic)
        {
            headers.Add(new RecordHeader(MqttHeaders.ResponseTopic, responseTopic));
        }

        if (properties.CorrelationData is { } correlationData)
        {
            headers.Add(new RecordHeader(MqttHeaders.CorrelationData, correlationData));
        }

        foreach (MqttUserProperty property in properties.UserProperties ?? [])
        {
            headers.Add(new RecordHeader(property.Name, property.Value));
        }

        return new RecordHeaders([.. headers]);
    }
}
