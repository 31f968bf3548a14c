namespace IoTStream.Mqtt;

/// <summary>How hard the two ends of a connection try to hand a message over (MQTT 5.0, section 4.3; 3.1.1, section 4.3).</summary>
public enum MqttQualityOfService
{
    /// <summary>QoS 0: sent once, never repeated; lost with the connection.</summary>
    AtMostOnce = 0,

    /// <summary>QoS 1: repeated until acknowledged; may arrive more than once.</summary>
    AtLeastOnce = 1,

    /// <summary>QoS 2: a handshake of four packets; arrives exactly once within a session.</summary>
    ExactlyOnce = 2,
}
