using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>UNSUBSCRIBE (section 3.10).</summary>
internal sealed record UnsubscribePacket(ushort PacketIdentifier, IReadOnlyList<string> Filters, PacketProperties? Properties = null)
{
    public static UnsubscribePacket Read(in Frame frame, MqttProtocolVersion version)
    {
        var reader = new PacketReader(frame.Body);
        ushort identifier = reader.ReadPacketIdentifier();
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfUnsubscribe);
        var filters = new List<string>();
        while (reader.Remaining > 0)
        {
            string filter = reader.ReadString();
            filters.Add(TopicFilter.FindFault(filter) is { } fault ? throw MqttProtocolException.Violation(fault) : filter);
        }

        return filters.Count > 0
            ? new UnsubscribePacket(identifier, filters, properties)
            : throw MqttProtocolException.Violation("An UNSUBSCRIBE has no topic filter.");
    }

    public void Write(IBufferWriter<byte> output, MqttProtocolVersion version)
    {
        long size = 2 + PropertyWriter.Size(Properties, version);
        foreach (string filter in Filters)
        {
            size += PacketWriter.SizeOf(filter);
        }

        var writer = new PacketWriter(output, PacketType.Unsubscribe, 0b0010, size);
        writer.WriteUInt16(PacketIdentifier);
        PropertyWriter.Write(ref writer, Properties, version);
        foreach (string filter in Filters)
        {
            writer.WriteString(filter);
        }

        writer.Complete();
    }
}
