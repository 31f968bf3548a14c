using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>What the server allows on a connection, as CONNACK has told it (MQTT 5.0, section 3.2.2.3).</summary>
internal sealed record ServerLimits(
    int ReceiveMaximum, int MaximumPacketSize, MqttQualityOfService MaximumQoS, bool RetainAvailable, int TopicAliasMaximum)
{
    public static ServerLimits Of(PacketProperties? properties) => new(
        properties?.ReceiveMaximum ?? ushort.MaxValue,
        (int)Math.Min(properties?.MaximumPacketSize ?? int.MaxValue, int.MaxValue),
        (MqttQualityOfService)(properties?.MaximumQoS ?? (byte)MqttQualityOfService.ExactlyOnce),
        properties?.RetainAvailable ?? true,
        properties?.TopicAliasMaximum ?? 0);
}
