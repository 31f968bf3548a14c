namespace IoTStream.Mqtt;

/// <summary>The other end broke the protocol; its connection cannot go on.</summary>
/// <param name="reasonCode">What the connection is to be closed with (MQTT 5.0, section 4.13).</param>
/// <param name="message">What was wrong.</param>
public sealed class MqttProtocolException(MqttReasonCode reasonCode, string message) : Exception(message)
{
    /// <summary>The reason code that tells the other end; MQTT 3.1.1 cannot carry it and just closes the connection.</summary>
    public MqttReasonCode ReasonCode { get; } = reasonCode;

    internal static MqttProtocolException Malformed(string message) => new(MqttReasonCode.MalformedPacket, message);

    internal static MqttProtocolException Violation(string message) => new(MqttReasonCode.ProtocolError, message);
}
