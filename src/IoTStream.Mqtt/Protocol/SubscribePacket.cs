using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>SUBSCRIBE (section 3.8).</summary>
internal sealed record SubscribePacket(
    ushort PacketIdentifier, IReadOnlyList<TopicSubscription> Subscriptions, PacketProperties? Properties = null)
{
    public static SubscribePacket Read(in Frame frame, MqttProtocolVersion version)
    {
        var reader = new PacketReader(frame.Body);
        ushort identifier = reader.ReadPacketIdentifier();
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfSubscribe);
        var subscriptions = new List<TopicSubscription>();
        while (reader.Remaining > 0)
        {
            subscriptions.Add(TopicSubscription.Read(ref reader, version));
        }

        return subscriptions.Count > 0
            ? new SubscribePacket(identifier, subscriptions, properties)
            : throw MqttProtocolException.Violation("A SUBSCRIBE has no topic filter.");
    }

    public void Write(IBufferWriter<byte> output, MqttProtocolVersion version)
    {
        long size = 2 + PropertyWriter.Size(Properties, version);
        foreach (TopicSubscription subscription in Subscriptions)
        {
            size += PacketWriter.SizeOf(subscription.Filter) + 1;
        }

        var writer = new PacketWriter(output, PacketType.Subscribe, 0b0010, size);
        writer.WriteUInt16(PacketIdentifier);
        PropertyWriter.Write(ref writer, Properties, version);
        foreach (TopicSubscription subscription in Subscriptions)
        {
            subscription.Write(ref writer, version);
        }

        writer.Complete();
    }
}
