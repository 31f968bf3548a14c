namespace IoTStream.Mqtt;

/// <summary>The names of the record headers that <see cref="MqttSource"/> sets, besides those of the message's user properties.</summary>
public static class MqttHeaders
{
    /// <summary>The topic name of the message.</summary>
    public const string Topic = "mqtt.topic";

    /// <summary>The content type of the message, if its publisher tells it (5.0).</summary>
    public const string ContentType = "mqtt.content-type";
}
