using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace IoTStream.Mqtt.Protocol;

/// <summary>Reads the fields of a packet's body in turn; whatever is missing or ill-formed is a <see cref="MqttProtocolException"/>.</summary>
internal ref struct PacketReader(scoped in ReadOnlySequence<byte> body)
{
    private const int StackLimit = 512;
    private SequenceReader<byte> _reader = new(body);

    public readonly long Remaining => _reader.Remaining;

    public byte ReadByte() => _reader.TryRead(out byte value) ? value : throw Truncated();

    public ushort ReadUInt16() => _reader.TryReadBigEndian(out short value) ? (ushort)value : throw Truncated();

    public uint ReadUInt32() => _reader.TryReadBigEndian(out int value) ? (uint)value : throw Truncated();

    /// <summary>A packet identifier, which is never zero (section 2.2.1).</summary>
    public ushort ReadPacketIdentifier()
    {
        ushort value = ReadUInt16();
        return value != 0 ? value : throw MqttProtocolException.Violation("The packet identifier is 0.");
    }

    public int ReadVariableInteger()
    {
        Span<byte> bytes = stackalloc byte[4];
        int size = 0;
        do
        {
            if (size == bytes.Length)
            {
                throw MqttProtocolException.Malformed("A variable byte integer takes more than four bytes.");
            }

            bytes[size] = ReadByte();
        }
        while (bytes[size++] >= 0x80);

        VariableInteger.TryRead(bytes[..size], out int value, out _);
        return size == VariableInteger.SizeOf(value)
            ? value
            : throw MqttProtocolException.Malformed("A variable byte integer is not encoded in as few bytes as possible.");
    }

    /// <summary>A string of valid UTF-8 without U+0000 (section 1.5.4).</summary>
    public string ReadString()
    {
        ReadOnlySequence<byte> bytes = ReadBlock();
        if (bytes.IsSingleSegment)
        {
            return Decode(bytes.FirstSpan);
        }

        byte[]? rented = bytes.Length > StackLimit ? ArrayPool<byte>.Shared.Rent((int)bytes.Length) : null;
        try
        {
            Span<byte> buffer = rented is null ? stackalloc byte[StackLimit] : rented;
            Span<byte> copy = buffer[..(int)bytes.Length];
            bytes.CopyTo(copy);
            return Decode(copy);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>A topic name: checked once, then found again in <paramref name="topics"/>. Null if it is empty.</summary>
    public TopicName? ReadTopicName(TopicCache topics)
    {
        ReadOnlySequence<byte> bytes = ReadBlock();
        return bytes.IsEmpty ? null : topics.Get(bytes);
    }

    /// <summary>Binary data, copied (section 1.5.6).</summary>
    public byte[] ReadBinary() => ReadBlock().ToArray();

    /// <summary>The rest of the body, not copied.</summary>
    public ReadOnlySequence<byte> ReadRest()
    {
        ReadOnlySequence<byte> rest = _reader.UnreadSequence;
        _reader.AdvanceToEnd();
        return rest;
    }

    /// <summary>The next <paramref name="length"/> bytes as a reader of their own.</summary>
    public PacketReader ReadPart(int length) => new(ReadBytes(length));

    public readonly void ExpectEnd()
    {
        if (!_reader.End)
        {
            throw MqttProtocolException.Malformed($"The packet goes on for {_reader.Remaining} bytes after its last field.");
        }
    }

    internal static string Decode(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw MqttProtocolException.Malformed("A string is not valid UTF-8.");
        }

        return utf8.Contains((byte)0)
            ? throw MqttProtocolException.Malformed("A string holds U+0000.")
            : Encoding.UTF8.GetString(utf8);
    }

    private static MqttProtocolException Truncated() => MqttProtocolException.Malformed("The packet ends within a field.");

    private ReadOnlySequence<byte> ReadBlock() => ReadBytes(ReadUInt16());

    private ReadOnlySequence<byte> ReadBytes(int length) =>
        _reader.TryReadExact(length, out ReadOnlySequence<byte> bytes) ? bytes : throw Truncated();
}
