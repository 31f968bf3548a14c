using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP, which share one form (sections 3.4 to 3.7).</summary>
internal readonly record struct AcknowledgePacket(
    PacketType Type, ushort PacketIdentifier, MqttReasonCode ReasonCode = MqttReasonCode.Success, PacketProperties? Properties = null)
{
    /// <summary>Whether it ends the handshake of a message.</summary>
    public bool IsFinal => Type is PacketType.PubAck or PacketType.PubComp || ReasonCode.IsFailure();

    public static AcknowledgePacket Read(in Frame frame, MqttProtocolVersion version)
    {
        var reader = new PacketReader(frame.Body);
        ushort identifier = reader.ReadPacketIdentifier();
        var code = MqttReasonCode.Success;
        PacketProperties? properties = null;
        if (version == MqttProtocolVersion.V500 && reader.Remaining > 0)
        {
            code = ReasonCodes.Read(ref reader, frame.Type);
            if (reader.Remaining > 0)
            {
                properties = PropertyReader.Read(ref reader, version, PropertySet.OfAcknowledgement);
            }
        }

        reader.ExpectEnd();
        return new AcknowledgePacket(frame.Type, identifier, code, properties);
    }

    public void Write(IBufferWriter<byte> output, MqttProtocolVersion version)
    {
        bool hasProperties = version == MqttProtocolVersion.V500 && Properties is not null;
        bool hasCode = hasProperties || (version == MqttProtocolVersion.V500 && ReasonCode != MqttReasonCode.Success);
        int size = 2 + (hasCode ? 1 : 0) + (hasProperties ? PropertyWriter.Size(Properties, version) : 0);
        var writer = new PacketWriter(output, Type, Type == PacketType.PubRel ? 0b0010 : 0, size);
        writer.WriteUInt16(PacketIdentifier);
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
