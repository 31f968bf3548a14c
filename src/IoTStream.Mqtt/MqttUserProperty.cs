namespace IoTStream.Mqtt;

/// <summary>A pair of strings that travels with a packet; names may repeat and the order is kept (MQTT 5.0, section 2.2.2.2).</summary>
/// <param name="Name">The name, at most 65,535 bytes of UTF-8.</param>
/// <param name="Value">The value, at most 65,535 bytes of UTF-8.</param>
public readonly record struct MqttUserProperty(string Name, string Value);
