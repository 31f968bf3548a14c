using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace IoTStream.Mqtt.Protocol;

/// <summary>Writes the fields of a packet whose size has been computed before; one span of the output, advanced once at the end.</summary>
/// <remarks>
/// What is written comes from this side, so its faults are <see cref="ArgumentException"/>s: strings that are too long or have
/// no UTF-8 form, packets above the protocol's limit.
/// </remarks>
internal ref struct PacketWriter
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly IBufferWriter<byte> _output;
    private readonly Span<byte> _span;
    private int _position;

    /// <summary>Writes the fixed header.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="type">The packet type.</param>
    /// <param name="flags">The lower nibble of the first byte.</param>
    /// <param name="bodySize">The remaining length.</param>
    /// <param name="appended">How much of the body is appended behind what this writer writes, such as a payload.</param>
    public PacketWriter(IBufferWriter<byte> output, PacketType type, int flags, long bodySize, long appended = 0)
    {
        int size = PacketSize(bodySize);
        _output = output;
        _span = output.GetSpan((int)(size - appended));
        _span[0] = (byte)(((int)type << 4) | flags);
        _position = 1 + VariableInteger.Write(_span[1..], (int)bodySize);
    }

    /// <summary>Writes fields without a fixed header.</summary>
    public PacketWriter(IBufferWriter<byte> output, int size)
    {
        _output = output;
        _span = output.GetSpan(size);
    }

    /// <summary>The size of a whole packet with a body of <paramref name="bodySize"/> bytes.</summary>
    /// <exception cref="ArgumentException">The body is larger than any MQTT packet can be.</exception>
    public static int PacketSize(long bodySize) => bodySize <= Frame.MaximumBodySize
        ? 1 + VariableInteger.SizeOf((int)bodySize) + (int)bodySize
        : throw new ArgumentException($"An MQTT packet cannot hold {bodySize} bytes; the most is {Frame.MaximumBodySize}.", nameof(bodySize));

    public static int SizeOf(string value) => 2 + Checked(Strict.GetByteCount(value));

    public static int SizeOf(ReadOnlyMemory<byte> value) => 2 + Checked(value.Length);

    public void WriteByte(int value) => _span[_position++] = (byte)value;

    public void WriteUInt16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_span[_position..], (ushort)value);
        _position += 2;
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_span[_position..], value);
        _position += 4;
    }

    public void WriteVariableInteger(int value) => _position += VariableInteger.Write(_span[_position..], value);

    public void WriteString(string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("An MQTT string cannot hold U+0000.", nameof(value));
        }

        int length = Strict.GetBytes(value, _span[(_position + 2)..]);
        WriteUInt16(length);
        _position += length;
    }

    public void WriteBinary(ReadOnlySpan<byte> value)
    {
        WriteUInt16(value.Length);
        WriteRaw(value);
    }

    public void WriteRaw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_span[_position..]);
        _position += value.Length;
    }

    /// <summary>Commits what has been written to the output.</summary>
    public readonly void Complete() => _output.Advance(_position);

    private static int Checked(int length) => length <= ushort.MaxValue
        ? length
        : throw new ArgumentException($"An MQTT string or block of binary data cannot hold {length} bytes; the most is {ushort.MaxValue}.", nameof(length));
}
