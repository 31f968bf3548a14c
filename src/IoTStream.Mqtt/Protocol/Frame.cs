using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>One packet as it stands in the receive buffer: its fixed header taken apart, its body untouched.</summary>
/// <remarks>The body is a slice of the buffer that it was read from and lives as long as that.</remarks>
internal readonly struct Frame(PacketType type, int flags, ReadOnlySequence<byte> body)
{
    /// <summary>The largest value of the remaining length, and so of any packet's body (section 1.5.5).</summary>
    public const int MaximumBodySize = 268_435_455;

    public PacketType Type { get; } = type;

    /// <summary>The lower nibble of the first byte.</summary>
    public int Flags { get; } = flags;

    public ReadOnlySequence<byte> Body { get; } = body;

    /// <summary>Takes the next whole packet off the front of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">What has been received; on success it starts behind the packet, otherwise it is unchanged.</param>
    /// <param name="maximumPacketSize">The largest packet accepted in bytes, fixed header included; a larger one is refused by its header.</param>
    /// <param name="version">The version spoken; null before CONNECT has told it.</param>
    /// <param name="frame">The packet.</param>
    /// <returns>False if the packet is not complete yet.</returns>
    /// <exception cref="MqttProtocolException">The fixed header is malformed or announces too large a packet.</exception>
    public static bool TryRead(
        ref ReadOnlySequence<byte> buffer, int maximumPacketSize, MqttProtocolVersion? version, out Frame frame)
    {
        frame = default;
        Span<byte> copy = stackalloc byte[5];
        scoped ReadOnlySpan<byte> head = buffer.FirstSpan;
        if (head.Length < copy.Length && !buffer.IsSingleSegment)
        {
            int available = (int)Math.Min(copy.Length, buffer.Length);
            buffer.Slice(0, available).CopyTo(copy);
            head = copy[..available];
        }

        if (head.IsEmpty)
        {
            return false;
        }

        var type = (PacketType)(head[0] >> 4);
        int flags = head[0] & 0x0F;
        CheckFlags(type, flags);

        VariableInteger.Status status = VariableInteger.TryRead(head[1..], out int length, out int lengthSize);
        if (status == VariableInteger.Status.Incomplete)
        {
            return false;
        }

        if (status == VariableInteger.Status.TooLong)
        {
            throw MqttProtocolException.Malformed("The remaining length takes more than four bytes.");
        }

        // MQTT 3.1.1 does not ask for the shortest form, and devices exist that always reserve four bytes.
        if (version == MqttProtocolVersion.V500 && lengthSize != VariableInteger.SizeOf(length))
        {
            throw MqttProtocolException.Malformed("The remaining length is not encoded in as few bytes as possible.");
        }

        int headerSize = 1 + lengthSize;
        if (length > maximumPacketSize - headerSize)
        {
            throw new MqttProtocolException(
                MqttReasonCode.PacketTooLarge,
                $"A {type} packet of {(long)headerSize + length} bytes exceeds the maximum packet size of {maximumPacketSize} bytes.");
        }

        if (buffer.Length < headerSize + length)
        {
            return false;
        }

        frame = new Frame(type, flags, buffer.Slice(headerSize, length));
        buffer = buffer.Slice(headerSize + length);
        return true;
    }

    private static void CheckFlags(PacketType type, int flags)
    {
        int expected = type switch
        {
            PacketType.Publish => flags,
            PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe => 0b0010,
            _ => 0,
        };
        if (type == default)
        {
            throw MqttProtocolException.Malformed("Packet type 0 is reserved.");
        }

        if (flags != expected)
        {
            throw MqttProtocolException.Malformed($"The flags of a {type} packet are {flags:X} instead of {expected:X}.");
        }
    }
}
