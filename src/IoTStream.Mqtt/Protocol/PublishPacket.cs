using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>PUBLISH (section 3.3).</summary>
internal readonly struct PublishPacket
{
    private const int DuplicateFlag = 0b1000;
    private const int RetainFlag = 0b0001;

    /// <summary>Null if there is only a topic alias.</summary>
    public TopicName? Topic { get; init; }

    /// <summary>Of a packet that was read: a slice of the receive buffer, which the reader of the packet copies if it keeps it.</summary>
    public ReadOnlySequence<byte> Payload { get; init; }

    public MqttQualityOfService QualityOfService { get; init; }

    public bool Retain { get; init; }

    public bool Duplicate { get; init; }

    /// <summary>0 for QoS 0.</summary>
    public ushort PacketIdentifier { get; init; }

    public PacketProperties? Properties { get; init; }

    public static PublishPacket Read(in Frame frame, MqttProtocolVersion version, TopicCache topics)
    {
        var qos = (MqttQualityOfService)((frame.Flags >> 1) & 3);
        bool duplicate = (frame.Flags & DuplicateFlag) != 0;
        if (qos > MqttQualityOfService.ExactlyOnce)
        {
            throw MqttProtocolException.Malformed("The quality of service of a PUBLISH is 3.");
        }

        if (duplicate && qos == MqttQualityOfService.AtMostOnce)
        {
            throw MqttProtocolException.Malformed("A PUBLISH with QoS 0 is marked as a duplicate.");
        }

        var reader = new PacketReader(frame.Body);
        TopicName? topic = reader.ReadTopicName(topics);
        ushort identifier = qos == MqttQualityOfService.AtMostOnce ? (ushort)0 : reader.ReadPacketIdentifier();
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfPublish);
        if (topic is null && properties?.TopicAlias is null)
        {
            throw MqttProtocolException.Violation("The topic name of a PUBLISH is empty and there is no topic alias.");
        }

        return new PublishPacket
        {
            Topic = topic,
            Payload = reader.ReadRest(),
            QualityOfService = qos,
            Retain = (frame.Flags & RetainFlag) != 0,
            Duplicate = duplicate,
            PacketIdentifier = identifier,
            Properties = properties,
        };
    }

    /// <summary>The lower nibble of the first byte.</summary>
    public static int Flags(MqttQualityOfService qos, bool retain, bool duplicate) =>
        ((int)qos << 1) | (retain ? RetainFlag : 0) | (duplicate ? DuplicateFlag : 0);

    /// <summary>The size of the whole packet, to be held against the receiver's maximum.</summary>
    public int Size(MqttProtocolVersion version) => PacketWriter.PacketSize(HeadSize(version) + Payload.Length);

    public void Write(IBufferWriter<byte> output, MqttProtocolVersion version)
    {
        int flags = Flags(QualityOfService, Retain, Duplicate);
        long size = HeadSize(version) + Payload.Length;
        var writer = new PacketWriter(output, PacketType.Publish, flags, size, appended: Payload.Length);
        writer.WriteBinary(Topic is null ? [] : Topic.Utf8);
        if (QualityOfService != MqttQualityOfService.AtMostOnce)
        {
            writer.WriteUInt16(PacketIdentifier);
        }

        PropertyWriter.Write(ref writer, Properties, version);
        writer.Complete();
        foreach (ReadOnlyMemory<byte> segment in Payload)
        {
            output.Write(segment.Span);
        }
    }

    private long HeadSize(MqttProtocolVersion version) => 2L + (Topic?.Utf8.Length ?? 0)
        + (QualityOfService == MqttQualityOfService.AtMostOnce ? 0 : 2)
        + PropertyWriter.Size(Properties, version);
}
