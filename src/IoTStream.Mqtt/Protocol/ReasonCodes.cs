namespace IoTStream.Mqtt.Protocol;

/// <summary>Which reason codes a packet may carry (MQTT 5.0, section 2.4), and what MQTT 3.1.1 has in their place.</summary>
internal static class ReasonCodes
{
    public static bool IsFailure(this MqttReasonCode code) => (int)code >= 0x80;

    /// <summary>Reads a reason code and checks that the packet may carry it.</summary>
    public static MqttReasonCode Read(scoped ref PacketReader reader, PacketType type)
    {
        var code = (MqttReasonCode)reader.ReadByte();
        return IsAllowed(type, code)
            ? code
            : throw MqttProtocolException.Violation($"The reason code 0x{(int)code:X2} is not allowed in a {type} packet.");
    }

    public static bool IsAllowed(PacketType type, MqttReasonCode code) => type switch
    {
        PacketType.ConnAck => (int)code is 0 or (>= 0x80 and <= 0x8A) or 0x8C or 0x90 or 0x95 or 0x97 or (>= 0x99 and <= 0x9D) or 0x9F,
        PacketType.PubAck or PacketType.PubRec => (int)code is 0 or 0x10 or 0x80 or 0x83 or 0x87 or 0x90 or 0x91 or 0x97 or 0x99,
        PacketType.PubRel or PacketType.PubComp => (int)code is 0 or 0x92,
        PacketType.SubAck => (int)code is <= 2 or 0x80 or 0x83 or 0x87 or 0x8F or 0x91 or 0x97 or 0x9E or 0xA1 or 0xA2,
        PacketType.UnsubAck => (int)code is 0 or 0x11 or 0x80 or 0x83 or 0x87 or 0x8F or 0x91,
        PacketType.Disconnect => (int)code is 0 or 4 or (>= 0x80 and <= 0x83) or 0x87 or 0x89 or 0x8B or (>= 0x8D and <= 0x90)
            or (>= 0x93 and <= 0xA2),
        PacketType.Auth => (int)code is 0 or 0x18 or 0x19,
        _ => false,
    };

    /// <summary>The return code of a 3.1.1 CONNACK as a reason code (MQTT 3.1.1, section 3.2.2.3).</summary>
    public static MqttReasonCode FromReturnCode(byte returnCode) => returnCode switch
    {
        0 => MqttReasonCode.Success,
        1 => MqttReasonCode.UnsupportedProtocolVersion,
        2 => MqttReasonCode.ClientIdentifierNotValid,
        3 => MqttReasonCode.ServerUnavailable,
        4 => MqttReasonCode.BadUserNameOrPassword,
        5 => MqttReasonCode.NotAuthorized,
        _ => throw MqttProtocolException.Violation($"The return code {returnCode} of CONNACK is reserved."),
    };

    /// <summary>The return code of a 3.1.1 CONNACK that comes closest; "server unavailable" where there is none.</summary>
    public static byte ToReturnCode(MqttReasonCode code) => code switch
    {
        MqttReasonCode.Success => 0,
        MqttReasonCode.UnsupportedProtocolVersion => 1,
        MqttReasonCode.ClientIdentifierNotValid => 2,
        MqttReasonCode.BadUserNameOrPassword => 4,
        MqttReasonCode.NotAuthorized or MqttReasonCode.Banned or MqttReasonCode.BadAuthenticationMethod => 5,
        _ => 3,
    };
}
