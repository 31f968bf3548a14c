using System.Buffers;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Protocol;

/// <summary>Any packet to bytes and back, for tests that do not care which it is.</summary>
internal static class Packets
{
    public static byte[] Write(object packet, MqttProtocolVersion version)
    {
        var output = new ArrayBufferWriter<byte>();
        switch (packet)
        {
            case ConnectPacket connect:
                connect.Write(output);
                break;
            case ConnAckPacket connAck:
                connAck.Write(output, version);
                break;
            case PublishPacket publish:
                publish.Write(output, version);
                break;
            case AcknowledgePacket acknowledge:
                acknowledge.Write(output, version);
                break;
            case SubscribePacket subscribe:
                subscribe.Write(output, version);
                break;
            case SubAckPacket subAck:
                subAck.Write(output, version);
                break;
            case UnsubscribePacket unsubscribe:
                unsubscribe.Write(output, version);
                break;
            case PingPacket ping:
                ping.Write(output);
                break;
            case DisconnectPacket disconnect:
                disconnect.Write(output, version);
                break;
            case AuthPacket auth:
                auth.Write(output);
                break;
            default:
                throw new ArgumentException($"{packet.GetType()} is no packet.", nameof(packet));
        }

        return output.WrittenSpan.ToArray();
    }

    public static object Read(in Frame frame, MqttProtocolVersion version, TopicCache topics) => frame.Type switch
    {
        PacketType.Connect => ConnectPacket.Read(frame, topics),
        PacketType.ConnAck => ConnAckPacket.Read(frame, version),
        PacketType.Publish => PublishPacket.Read(frame, version, topics),
        PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp => AcknowledgePacket.Read(frame, version),
        PacketType.Subscribe => SubscribePacket.Read(frame, version),
        PacketType.SubAck or PacketType.UnsubAck => SubAckPacket.Read(frame, version),
        PacketType.Unsubscribe => UnsubscribePacket.Read(frame, version),
        PacketType.PingReq or PacketType.PingResp => PingPacket.Read(frame),
        PacketType.Disconnect => DisconnectPacket.Read(frame, version),
        PacketType.Auth => AuthPacket.Read(frame, version),
        _ => throw new ArgumentException($"{frame.Type} is no packet type.", nameof(frame)),
    };

    /// <summary>Reads the one packet that <paramref name="bytes"/> consist of.</summary>
    public static object Read(byte[] bytes, MqttProtocolVersion version, int maximumPacketSize = Frame.MaximumBodySize)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        Frame.TryRead(ref buffer, maximumPacketSize, version, out Frame frame).Should().BeTrue("the packet is whole");
        buffer.IsEmpty.Should().BeTrue("there is one packet");
        return Read(frame, version, new TopicCache(16));
    }

    /// <summary>The same bytes in segments of the given sizes, the last of which takes the rest.</summary>
    public static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes, Func<int> nextSize)
    {
        Segment? first = null;
        Segment? last = null;
        while (bytes.Length > 0 || first is null)
        {
            int size = Math.Min(nextSize(), bytes.Length);
            last = new Segment(bytes[..size], last);
            first ??= last;
            bytes = bytes[size..];
        }

        return new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
