namespace IoTStream.Mqtt;

/// <summary>The versions of MQTT that are spoken; the values are the protocol levels of CONNECT (MQTT 5.0, section 3.1.2.2).</summary>
public enum MqttProtocolVersion
{
    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0.</summary>
    V500 = 5,
}
