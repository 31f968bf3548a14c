using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>AUTH, a step of an enhanced authentication (section 3.15). MQTT 3.1.1 does not have it.</summary>
internal sealed record AuthPacket(MqttReasonCode ReasonCode = MqttReasonCode.Success, PacketProperties? Properties = null)
{
    public static AuthPacket Read(in Frame frame, MqttProtocolVersion version)
    {
        if (version != MqttProtocolVersion.V500)
        {
            throw MqttProtocolException.Malformed("Packet type 15 is reserved in MQTT 3.1.1.");
        }

        var reader = new PacketReader(frame.Body);
        if (reader.Remaining == 0)
        {
            return new AuthPacket();
        }

        MqttReasonCode code = ReasonCodes.Read(ref reader, PacketType.Auth);
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfAuth);
        reader.ExpectEnd();
        return new AuthPacket(code, properties);
    }

    public void Write(IBufferWriter<byte> output)
    {
        bool isEmpty = ReasonCode == MqttReasonCode.Success && Properties is null;
        int size = isEmpty ? 0 : 1 + PropertyWriter.Size(Properties, MqttProtocolVersion.V500);
        var writer = new PacketWriter(output, PacketType.Auth, 0, size);
        if (!isEmpty)
        {
            writer.WriteByte((int)ReasonCode);
            PropertyWriter.Write(ref writer, Properties, MqttProtocolVersion.V500);
        }

        writer.Complete();
    }
}
