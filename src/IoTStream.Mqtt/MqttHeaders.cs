namespace IoTStream.Mqtt;

/// <summary>The names of the record headers that <see cref="MqttSource"/> sets, besides those of the message's user properties.</summary>
public static class MqttHeaders
{
    /// <summary>The topic name of the message.</summary>
    public const string Topic = "mqtt.topic";

    /// <summary>The content type of the message, if its publisher tells it (5.0).</summary>
    public const string ContentType = "mqtt.content-type";

    /// <summary>The topic to which the publisher wants answers, if it tells it (5.0).</summary>
    public const string ResponseTopic = "mqtt.response-topic";

    /// <summary>By what the publisher recognises answers, if it tells it (5.0): bytes.</summary>
    public const string CorrelationData = "mqtt.correlation-data";

    /// <summary>
    /// The user property in which <see cref="MqttSink"/> puts the identifier of a message that is published after its epoch's commit: the same if the message is sent again.
    /// Identifiers are <c>LOG/SINK/EPOCH/NUMBER</c>: what tells the epoch log from others, the name of the sink step, the number of the epoch, and that of the message in
    /// it, from 0. Those of one log and sink grow, but for what is sent again.
    /// </summary>
    public const string MessageId = "message-id";
}
