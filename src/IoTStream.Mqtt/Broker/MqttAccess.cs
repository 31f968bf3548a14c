namespace IoTStream.Mqtt.Broker;

/// <summary>What a client asks to do with a topic.</summary>
public enum MqttAccess
{
    /// <summary>To publish to a topic, by itself or by its will.</summary>
    Publish = 0,

    /// <summary>To subscribe to a topic filter.</summary>
    Subscribe = 1,
}
