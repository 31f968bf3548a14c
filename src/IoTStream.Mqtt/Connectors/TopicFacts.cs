using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What is the same for all messages of a topic.</summary>
/// <param name="Headers">The headers of a message without properties of its own: one object for all of them.</param>
/// <param name="Levels">The levels of the topic that have names.</param>
internal sealed record TopicFacts(RecordHeaders Headers, MqttTopicLevels? Levels)
{
    public static TopicFacts Of(string topic, MqttTopicLevels? levels) =>
        new(new RecordHeaders(new RecordHeader(MqttHeaders.Topic, topic)), levels);

    /// <summary>The headers of a message with properties.</summary>
    public RecordHeaders HeadersWith(PacketProperties properties)
    {
        if (properties is { ContentType: null, UserProperties: null })
        {
            return Headers;
        }

        var headers = new List<RecordHeader>(Headers);
        if (properties.ContentType is { } contentType)
        {
            headers.Add(new RecordHeader(MqttHeaders.ContentType, contentType));
        }

        foreach (MqttUserProperty property in properties.UserProperties ?? [])
        {
            headers.Add(new RecordHeader(property.Name, property.Value));
        }

        return new RecordHeaders([.. headers]);
    }
}
