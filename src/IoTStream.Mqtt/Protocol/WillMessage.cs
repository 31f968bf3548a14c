namespace IoTStream.Mqtt.Protocol;

/// <summary>What the server publishes for a client that goes without saying so (section 3.1.2.5).</summary>
internal sealed record WillMessage(
    TopicName Topic,
    ReadOnlyMemory<byte> Payload,
    MqttQualityOfService QualityOfService = MqttQualityOfService.AtMostOnce,
    bool Retain = false,
    PacketProperties? Properties = null);
