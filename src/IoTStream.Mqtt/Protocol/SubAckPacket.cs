using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>SUBACK and UNSUBACK: an outcome for each topic filter (sections 3.9 and 3.11). UNSUBACK of MQTT 3.1.1 has none.</summary>
internal sealed record SubAckPacket(
    PacketType Type, ushort PacketIdentifier, IReadOnlyList<MqttReasonCode> ReasonCodes, PacketProperties? Properties = null)
{
    public static SubAckPacket Read(in Frame frame, MqttProtocolVersion version)
    {
        var reader = new PacketReader(frame.Body);
        ushort identifier = reader.ReadPacketIdentifier();
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfAcknowledgement);
        bool hasCodes = HasCodes(frame.Type, version);
        var codes = new List<MqttReasonCode>();
        while (hasCodes && reader.Remaining > 0)
        {
            MqttReasonCode code = Protocol.ReasonCodes.Read(ref reader, frame.Type);
            if (version == MqttProtocolVersion.V311 && code > MqttReasonCode.UnspecifiedError)
            {
                throw MqttProtocolException.Violation($"The return code 0x{(int)code:X2} of SUBACK is reserved.");
            }

            codes.Add(code);
        }

        reader.ExpectEnd();
        return hasCodes && codes.Count == 0
            ? throw MqttProtocolException.Malformed($"A {frame.Type} has no reason code.")
            : new SubAckPacket(frame.Type, identifier, codes, properties);
    }

    public void Write(IBufferWriter<byte> output, MqttProtocolVersion version)
    {
        IReadOnlyList<MqttReasonCode> codes = HasCodes(Type, version) ? ReasonCodes : [];
        var writer = new PacketWriter(output, Type, 0, 2L + PropertyWriter.Size(Properties, version) + codes.Count);
        writer.WriteUInt16(PacketIdentifier);
        PropertyWriter.Write(ref writer, Properties, version);
        foreach (MqttReasonCode code in codes)
        {
            bool has = version == MqttProtocolVersion.V500 || !code.IsFailure();
            writer.WriteByte((int)(has ? code : MqttReasonCode.UnspecifiedError));
        }

        writer.Complete();
    }

    private static bool HasCodes(PacketType type, MqttProtocolVersion version) =>
        type == PacketType.SubAck || version == MqttProtocolVersion.V500;
}
