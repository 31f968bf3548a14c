using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>DISCONNECT (section 3.14). That of MQTT 3.1.1 is empty.</summary>
internal sealed record DisconnectPacket(
    MqttReasonCode ReasonCode = MqttReasonCode.Success, PacketProperties? Properties = null)
{
    public static DisconnectPacket Read(in Frame frame, MqttProtocolVersion version)
    {
        var reader = new PacketReader(frame.Body);
        var code = MqttReasonCode.Success;
        PacketProperties? properties = null;
        if (version == MqttProtocolVersion.V500 && reader.Remaining > 0)
        {
            code = ReasonCodes.Read(ref reader, PacketType.Disconnect);
            if (reader.Remaining > 0)
            {
                properties = PropertyReader.Read(ref reader, version, PropertySet.OfDisconnect);
            }
        }

        reader.ExpectEnd();
        return new DisconnectPacket(code, properties);
    }

    public void Write(IBufferWriter<byte> output, MqttProtocolVersion version)
    {
        bool hasProperties = version == MqttProtocolVersion.V500 && Properties is not null;
        bool hasCode = hasProperties || (version == MqttProtocolVersion.V500 && ReasonCode != MqttReasonCode.Success);
        int size = (hasCode ? 1 : 0) + (hasProperties ? PropertyWriter.Size(Properties, version) : 0);
        var writer = new PacketWriter(output, PacketType.Disconnect, 0, size);
        if (hasCode)
        {
            writer.WriteByte((int)ReasonCode);
        }

        if (hasProperties)
        {
            PropertyWriter.Write(ref writer, Properties, version);
        }

        writer.Complete();
    }
}
