using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace IoTStream.Formats;

/// <summary>Reads CBOR (RFC 8949) item by item, where it lies. What is not well-formed is an error, and so is an item of another kind than was asked for.</summary>
/// <remarks>Lengths are believed only as far as there are bytes, so that no input makes it allocate more than the input has.</remarks>
/// <param name="bytes">The bytes.</param>
public ref struct CborReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>How deeply arrays, maps and tags may be nested where items are skipped: 64.</summary>
    public const int MaxDepth = 64;

    private const int MajorBits = 5;
    private const byte Indefinite = 31;
    private const byte BreakByte = 0xFF;
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>How many bytes have been read.</summary>
    public readonly int Position => _position;

    /// <summary>Whether all bytes have been read.</summary>
    public readonly bool IsAtEnd => _position == _bytes.Length;

    /// <summary>What comes next.</summary>
    /// <exception cref="CborException">There is nothing, or nothing that means anything.</exception>
    public readonly CborKind Kind
    {
        get
        {
            byte first = Peek();
            return (first >> MajorBits) switch
            {
                0 => CborKind.UnsignedInteger,
                1 => CborKind.NegativeInteger,
                2 => CborKind.Bytes,
                3 => CborKind.Text,
                4 => CborKind.Array,
                5 => CborKind.Map,
                6 => CborKind.Tag,
                _ => (first & Indefinite) switch
                {
                    20 or 21 => CborKind.Boolean,
                    22 => CborKind.Null,
                    23 => CborKind.Undefined,
                    25 or 26 or 27 => CborKind.Float,
                    Indefinite => CborKind.Break,
                    <= 24 => CborKind.Simple,
                    _ => throw Malformed($"the byte 0x{first:X2} has no meaning"),
                },
            };
        }
    }

    /// <summary>Reads an integer.</summary>
    /// <exception cref="CborException">It is none, or none that fits.</exception>
    public long ReadInt64()
    {
        bool isNegative = Kind == CborKind.NegativeInteger;
        ulong magnitude = isNegative ? ReadArgument(CborKind.NegativeInteger) : ReadArgument(CborKind.UnsignedInteger);
        if (magnitude > long.MaxValue)
        {
            throw Malformed("the integer does not fit into 64 bits with a sign");
        }

        return isNegative ? -1 - (long)magnitude : (long)magnitude;
    }

    /// <summary>Reads an integer that fits into 32 bits.</summary>
    /// <exception cref="CborException">It is none, or none that fits.</exception>
    public int ReadInt32()
    {
        long value = ReadInt64();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Malformed($"the integer {value} does not fit into 32 bits with a sign");
    }

    /// <summary>Reads an integer that is not negative.</summary>
    /// <exception cref="CborException">It is none.</exception>
    public ulong ReadUInt64() => ReadArgument(CborKind.UnsignedInteger);

    /// <summary>Reads a number, be it an integer or in floating point. Integers beyond 2^53 lose digits.</summary>
    /// <exception cref="CborException">It is none.</exception>
    public double ReadDouble()
    {
        switch (Kind)
        {
            case CborKind.UnsignedInteger:
                return ReadArgument(CborKind.UnsignedInteger);
            case CborKind.NegativeInteger:
                return -1.0 - ReadArgument(CborKind.NegativeInteger);
            default:
                Expect(CborKind.Float);
                int size = 1 << ((Take(1)[0] & Indefinite) - 24);
                ReadOnlySpan<byte> value = Take(size);
                return size switch
                {
                    2 => (double)BinaryPrimitives.ReadHalfBigEndian(value),
                    4 => BinaryPrimitives.ReadSingleBigEndian(value),
                    _ => BinaryPrimitives.ReadDoubleBigEndian(value),
                };
        }
    }

    /// <summary>Reads true or false.</summary>
    /// <exception cref="CborException">It is neither.</exception>
    public bool ReadBoolean()
    {
        Expect(CborKind.Boolean);
        return (Take(1)[0] & 1) != 0;
    }

    /// <summary>Reads a null, if there is one.</summary>
    /// <returns>Whether there was.</returns>
    /// <exception cref="CborException">There is nothing.</exception>
    public bool TryReadNull()
    {
        if (Kind != CborKind.Null)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <summary>Reads a simple value: what is not true, false, null, undefined or a float.</summary>
    /// <exception cref="CborException">It is none.</exception>
    public byte ReadSimple()
    {
        Expect(CborKind.Simple);
        byte value = (byte)(Take(1)[0] & Indefinite);
        if (value < 24)
        {
            return value;
        }

        value = Take(1)[0];
        return value >= 32 ? value : throw Malformed("a simple value below 32 is written in two bytes");
    }

    /// <summary>Reads text.</summary>
    /// <exception cref="CborException">It is none, or no UTF-8.</exception>
    public string ReadText() => Encoding.UTF8.GetString(ReadUtf8());

    /// <summary>Reads text as UTF-8, without a copy unless it comes in chunks.</summary>
    /// <exception cref="CborException">It is none, or no UTF-8.</exception>
    public ReadOnlySpan<byte> ReadUtf8() => ReadString(CborKind.Text);

    /// <summary>Reads bytes, without a copy unless they come in chunks.</summary>
    /// <exception cref="CborException">It is no byte string.</exception>
    public ReadOnlySpan<byte> ReadBytes() => ReadString(CborKind.Bytes);

    /// <summary>Begins to read an array: its items follow, as many as the result counts.</summary>
    /// <exception cref="CborException">It is none.</exception>
    public CborItems ReadArray() => ReadItems(CborKind.Array, bytesOfEach: 1);

    /// <summary>Begins to read a map: as many keys follow as the result counts, each with its value.</summary>
    /// <exception cref="CborException">It is none.</exception>
    public CborItems ReadMap() => ReadItems(CborKind.Map, bytesOfEach: 2);

    /// <summary>Reads a tag; what it is about follows.</summary>
    /// <exception cref="CborException">It is none.</exception>
    public ulong ReadTag() => ReadArgument(CborKind.Tag);

    /// <summary>Reads a moment: a text with tag 0 or without a tag (RFC 3339), or a number of seconds since 1970 with tag 1 or without (RFC 8949, section 3.4).</summary>
    /// <returns>The moment, to a microsecond if it came in floating point.</returns>
    /// <exception cref="CborException">It is none.</exception>
    public DateTimeOffset ReadTime()
    {
        ulong? tag = Kind == CborKind.Tag ? ReadTag() : null;
        if (tag is not null and > 1)
        {
            throw Malformed($"the tag {tag} is not that of a time");
        }

        if (Kind == CborKind.Text && tag is null or 0)
        {
            string text = ReadText();
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? time
                : throw Malformed($"'{text}' is not a time");
        }

        if (tag == 0)
        {
            throw Malformed("the time is no text");
        }

        return UnixSeconds.TryToTime(Kind == CborKind.Float ? UnixSeconds.FromDouble(ReadDouble()) : ReadInt64(), out DateTimeOffset found)
            ? found
            : throw Malformed("the time is beyond the years 1 to 9999");
    }

    /// <summary>Reads an item, whatever it is, with all that is in it.</summary>
    /// <exception cref="CborException">It is not well-formed, or nested more than <see cref="MaxDepth"/> deep.</exception>
    public void Skip() => Skip(MaxDepth);

    /// <summary>Reads an integer of either sign, which can be one that fits into no integer of 64 bits.</summary>
    internal decimal ReadInteger() => Kind == CborKind.NegativeInteger ? -1m - ReadArgument(CborKind.NegativeInteger) : ReadArgument(CborKind.UnsignedInteger);

    internal bool TryReadBreak()
    {
        if (Peek() != BreakByte)
        {
            return false;
        }

        _position++;
        return true;
    }

    internal readonly CborException Malformed(string what) => new($"CBOR, before byte {_position}: {what}.");

    private void Skip(int depth)
    {
        if (depth == 0)
        {
            throw Malformed($"items are nested more than {MaxDepth} deep");
        }

        switch (Kind)
        {
            case CborKind.UnsignedInteger:
            case CborKind.NegativeInteger:
            case CborKind.Float:
                _ = ReadDouble();
                break;
            case CborKind.Bytes:
                _ = ReadBytes();
                break;
            case CborKind.Text:
                _ = ReadUtf8();
                break;
            case CborKind.Array:
                for (CborItems items = ReadArray(); items.Next(ref this);)
                {
                    Skip(depth - 1);
                }

                break;
            case CborKind.Map:
                for (CborItems items = ReadMap(); items.Next(ref this);)
                {
                    Skip(depth - 1);
                    Skip(depth - 1);
                }

                break;
            case CborKind.Tag:
                _ = ReadTag();
                Skip(depth - 1);
                break;
            case CborKind.Simple:
                _ = ReadSimple();
                break;
            case CborKind.Break:
                throw Malformed("there is an end where nothing has begun, or no value");
            default:
                _position++;
                break;
        }
    }

    private CborItems ReadItems(CborKind kind, int bytesOfEach)
    {
        if (TryReadIndefinite(kind))
        {
            return CborItems.OfUnknownCount;
        }

        ulong count = ReadArgument(kind);
        return count <= (ulong)(_bytes.Length - _position) / (ulong)bytesOfEach
            ? new CborItems((long)count)
            : throw Malformed($"{count} items are announced, for which there are not enough bytes");
    }

    private ReadOnlySpan<byte> ReadString(CborKind kind)
    {
        if (!TryReadIndefinite(kind))
        {
            return ReadChunk(kind);
        }

        // Chunks: each a string of the same kind with a length.
        int start = _position;
        int size = 0;
        while (!TryReadBreak())
        {
            size += ReadChunk(kind).Length;
        }

        byte[] whole = new byte[size];
        CborReader again = this;
        again._position = start;
        for (Span<byte> rest = whole; !again.TryReadBreak();)
        {
            ReadOnlySpan<byte> chunk = again.ReadChunk(kind);
            chunk.CopyTo(rest);
            rest = rest[chunk.Length..];
        }

        return whole;
    }

    private ReadOnlySpan<byte> ReadChunk(CborKind kind)
    {
        ulong length = ReadArgument(kind);
        if (length > (ulong)(_bytes.Length - _position))
        {
            throw Malformed($"{length} bytes are announced, and {_bytes.Length - _position} are there");
        }

        ReadOnlySpan<byte> chunk = Take((int)length);
        return kind != CborKind.Text || Utf8.IsValid(chunk) ? chunk : throw Malformed("the text is no UTF-8");
    }

    private bool TryReadIndefinite(CborKind kind)
    {
        Expect(kind);
        if ((_bytes[_position] & Indefinite) != Indefinite)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <summary>Reads the head of an item and what it says: a value, a length, a tag.</summary>
    private ulong ReadArgument(CborKind kind)
    {
        Expect(kind);
        int information = Take(1)[0] & Indefinite;
        return information switch
        {
            < 24 => (ulong)information,
            24 => Take(1)[0],
            25 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            26 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
            27 => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
            _ => throw Malformed("an item has no length that means anything"),
        };
    }

    private readonly void Expect(CborKind kind)
    {
        CborKind found = Kind;
        if (found != kind)
        {
            throw new CborException($"CBOR, at byte {_position}: {found} where {kind} is expected.");
        }
    }

    private readonly byte Peek() => _position < _bytes.Length ? _bytes[_position] : throw Malformed("the bytes end within an item, or before one");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _position)
        {
            throw Malformed("the bytes end within an item");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }
}
