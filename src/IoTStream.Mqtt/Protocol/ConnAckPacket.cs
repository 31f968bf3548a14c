using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>CONNACK (section 3.2); for MQTT 3.1.1 the reason code is the nearest one to its return code.</summary>
internal sealed record ConnAckPacket(MqttReasonCode ReasonCode, bool SessionPresent = false, PacketProperties? Properties = null)
{
    public static ConnAckPacket Read(in Frame frame, MqttProtocolVersion version)
    {
        var reader = new PacketReader(frame.Body);
        int flags = reader.ReadByte();
        if (flags > 1)
        {
            throw MqttProtocolException.Malformed("A reserved flag of CONNACK is set.");
        }

        MqttReasonCode code = version == MqttProtocolVersion.V500
            ? ReasonCodes.Read(ref reader, PacketType.ConnAck)
            : ReasonCodes.FromReturnCode(reader.ReadByte());
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfConnAck);
        reader.ExpectEnd();
        return flags == 1 && code != MqttReasonCode.Success
            ? throw MqttProtocolException.Violation("CONNACK refuses the connection but says that the session is present.")
            : new ConnAckPacket(code, flags == 1, properties);
    }

    public void Write(IBufferWriter<byte> output, MqttProtocolVersion version)
    {
        var writer = new PacketWriter(output, PacketType.ConnAck, 0, 2 + PropertyWriter.Size(Properties, version));
        writer.WriteByte(SessionPresent ? 1 : 0);
        writer.WriteByte(version == MqttProtocolVersion.V500 ? (int)ReasonCode : ReasonCodes.ToReturnCode(ReasonCode));
        PropertyWriter.Write(ref writer, Properties, version);
        writer.Complete();
    }
}
