using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace IoTStream.Formats;

/// <summary>
/// Writes CBOR (RFC 8949) item by item, each in its shortest form (section 4.2.1): integers, lengths and floating-point numbers take as few bytes as hold them. That arrays and maps get as
/// many items as were announced is the caller's care.
/// </summary>
/// <param name="output">Where the bytes are appended.</param>
public readonly ref struct CborWriter(IBufferWriter<byte> output)
{
    private const int MajorBits = 5;
    private const byte HalfHead = 0xF9;
    private const byte SingleHead = 0xFA;
    private const byte DoubleHead = 0xFB;

    /// <summary>Writes an integer.</summary>
    /// <param name="value">The integer.</param>
    public void WriteInt64(long value)
    {
        if (value >= 0)
        {
            WriteHead(CborKind.UnsignedInteger, (ulong)value);
        }
        else
        {
            WriteHead(CborKind.NegativeInteger, (ulong)~value);
        }
    }

    /// <summary>Writes an integer.</summary>
    /// <param name="value">The integer.</param>
    public void WriteUInt64(ulong value) => WriteHead(CborKind.UnsignedInteger, value);

    /// <summary>Writes a number in floating point, in 16 or 32 bits if it loses nothing by that.</summary>
    /// <param name="value">The number.</param>
    public void WriteDouble(double value)
    {
        var single = (float)value;
        if (BitConverter.DoubleToInt64Bits(single) != BitConverter.DoubleToInt64Bits(value) && !double.IsNaN(value))
        {
            Span<byte> bytes = output.GetSpan(1 + sizeof(double));
            bytes[0] = DoubleHead;
            BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], value);
            output.Advance(1 + sizeof(double));
            return;
        }

        var half = (Half)single;
        if (BitConverter.SingleToInt32Bits((float)half) != BitConverter.SingleToInt32Bits(single) && !double.IsNaN(value))
        {
            Span<byte> bytes = output.GetSpan(1 + sizeof(float));
            bytes[0] = SingleHead;
            BinaryPrimitives.WriteSingleBigEndian(bytes[1..], single);
            output.Advance(1 + sizeof(float));
            return;
        }

        Span<byte> shortest = output.GetSpan(3);
        shortest[0] = HalfHead;
        BinaryPrimitives.WriteUInt16BigEndian(shortest[1..], double.IsNaN(value) ? (ushort)0x7E00 : BitConverter.HalfToUInt16Bits(half));
        output.Advance(3);
    }

    /// <summary>Writes true or false.</summary>
    /// <param name="value">Which.</param>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)0xF5 : (byte)0xF4);

    /// <summary>Writes null.</summary>
    public void WriteNull() => WriteByte(0xF6);

    /// <summary>Writes text.</summary>
    /// <param name="value">The text.</param>
    /// <exception cref="ArgumentException">The text has half of a surrogate pair, which no UTF-8 can be made of.</exception>
    public void WriteText(ReadOnlySpan<char> value)
    {
        int length = StrictUtf8.GetByteCount(value);
        WriteHead(CborKind.Text, (ulong)length);
        output.Advance(StrictUtf8.GetBytes(value, output.GetSpan(length)));
    }

    /// <summary>Writes text that is in UTF-8 already.</summary>
    /// <param name="utf8">The text. Not checked.</param>
    public void WriteUtf8(ReadOnlySpan<byte> utf8)
    {
        WriteHead(CborKind.Text, (ulong)utf8.Length);
        output.Write(utf8);
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteHead(CborKind.Bytes, (ulong)value.Length);
        output.Write(value);
    }

    /// <summary>Begins an array: its items follow.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void WriteArray(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        WriteHead(CborKind.Array, (ulong)count);
    }

    /// <summary>Begins a map: its keys follow, each with its value.</summary>
    /// <param name="count">How many keys.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void WriteMap(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        WriteHead(CborKind.Map, (ulong)count);
    }

    /// <summary>Writes a tag: what it is about follows.</summary>
    /// <param name="tag">The number of the tag.</param>
    public void WriteTag(ulong tag) => WriteHead(CborKind.Tag, tag);

    /// <summary>Writes a moment as seconds since 1970 with tag 1: an integer if it is a whole second, else in floating point, which keeps some tenths of a microsecond.</summary>
    /// <param name="value">The moment.</param>
    public void WriteTime(DateTimeOffset value)
    {
        WriteTag(1);
        WriteNumber(UnixSeconds.From(value));
    }

    /// <summary>Writes a number as an integer if it is one.</summary>
    internal void WriteNumber(decimal value)
    {
        if (value == decimal.Truncate(value) && value is >= long.MinValue and <= long.MaxValue)
        {
            WriteInt64((long)value);
        }
        else
        {
            WriteDouble((double)value);
        }
    }

    private static Encoding StrictUtf8 { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private void WriteByte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private void WriteHead(CborKind kind, ulong argument)
    {
        Span<byte> bytes = output.GetSpan(1 + sizeof(ulong));
        int major = (int)kind << MajorBits;
        int length = 1;
        switch (argument)
        {
            case < 24:
                bytes[0] = (byte)(major | (int)argument);
                break;
            case <= byte.MaxValue:
                bytes[0] = (byte)(major | 24);
                bytes[1] = (byte)argument;
                length += sizeof(byte);
                break;
            case <= ushort.MaxValue:
                bytes[0] = (byte)(major | 25);
                BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], (ushort)argument);
                length += sizeof(ushort);
                break;
            case <= uint.MaxValue:
                bytes[0] = (byte)(major | 26);
                BinaryPrimitives.WriteUInt32BigEndian(bytes[1..], (uint)argument);
                length += sizeof(uint);
                break;
            default:
                bytes[0] = (byte)(major | 27);
                BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], argument);
                length += sizeof(ulong);
                break;
        }

        output.Advance(length);
    }
}
