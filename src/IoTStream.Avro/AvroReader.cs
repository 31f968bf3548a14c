using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace IoTStream.Avro;

/// <summary>Reads what Avro's values are made of. Lengths are believed only as far as there are bytes.</summary>
internal ref struct AvroReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>How deeply records may contain themselves.</summary>
    public const int MaxDepth = 256;

    /// <summary>How many items without bytes a payload may have: for these no length of the payload is a bound.</summary>
    private const int MaxEmptyItems = 65_536;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;
    private int _depth;
    private int _emptyItems;

    public readonly int Position => _position;

    public readonly int Left => _bytes.Length - _position;

    public readonly bool IsAtEnd => _position == _bytes.Length;

    public bool ReadBoolean() => Take(1)[0] switch
    {
        0 => false,
        1 => true,
        byte other => throw Malformed($"{other} is neither true nor false"),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadInt32()
    {
        long value = ReadInt64();
        return value == (int)value ? (int)value : throw TooLarge(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadInt64()
    {
        int position = _position;
        if ((uint)position < (uint)_bytes.Length && _bytes[position] < 0x80)
        {
            uint value = _bytes[position];
            _position = position + 1;
            return (int)(value >> 1) ^ -(int)(value & 1);
        }

        return ReadLong();
    }

    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public ReadOnlySpan<byte> ReadBytes()
    {
        long length = ReadInt64();
        return (ulong)length <= (ulong)Left ? Take((int)length) : throw Malformed($"{length} bytes are announced, and {Left} are there");
    }

    public ReadOnlySpan<byte> ReadUtf8()
    {
        ReadOnlySpan<byte> text = ReadBytes();
        return Utf8.IsValid(text) ? text : throw Malformed("the text is no UTF-8");
    }

    public string ReadText() => Encoding.UTF8.GetString(ReadUtf8());

    public ReadOnlySpan<byte> ReadFixed(int size) => Take(size);

    /// <summary>The place of a union's branch or of an enum's symbol.</summary>
    public int ReadPlace(int count, string what)
    {
        long place = ReadInt64();
        return (ulong)place < (ulong)count ? (int)place : throw Malformed($"{what} {place} does not exist, there are {count}");
    }

    /// <summary>Begins a block of an array or a map: how many items follow, 0 for none any more.</summary>
    /// <param name="minimumSize">How many bytes each item has at least.</param>
    public int ReadBlock(long minimumSize)
    {
        long count = ReadInt64();
        if (count < 0)
        {
            // With the size of the block, which serves those who skip it.
            count = -count;
            long size = ReadInt64();
            if ((ulong)size > (ulong)Left)
            {
                throw Malformed($"a block of {size} bytes is announced, and {Left} are there");
            }
        }

        if (count == 0)
        {
            return 0;
        }

        if (minimumSize == 0)
        {
            if ((ulong)count > (ulong)(MaxEmptyItems - _emptyItems))
            {
                throw Malformed($"{count} items without bytes are announced, and a payload may have {MaxEmptyItems} of them");
            }

            _emptyItems += (int)count;
        }
        else if ((ulong)count > (ulong)(Left / minimumSize))
        {
            throw Malformed($"{count} items are announced, for which there are not enough bytes");
        }

        return (int)count;
    }

    /// <summary>Begins a block whose items are passed over: blocks of which the writer has said the size are passed over already.</summary>
    /// <param name="minimumSize">How many bytes each item has at least.</param>
    public int SkipBlock(long minimumSize)
    {
        while (true)
        {
            int start = _position;
            if (ReadInt64() >= 0)
            {
                _position = start;
                return ReadBlock(minimumSize);
            }

            ReadBytes();
        }
    }

    public void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw Malformed($"records are nested more than {MaxDepth} deep");
        }
    }

    public void Leave() => _depth--;

    public readonly AvroException Malformed(string what) => new($"Avro, before byte {_position}: {what}.");

    private long ReadLong()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (IsAtEnd)
            {
                throw Malformed("the bytes end within an integer, or before one");
            }

            byte part = _bytes[_position++];
            if (shift == 63 && part > 1)
            {
                break;
            }

            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw Malformed("an integer has more than 64 bits");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(int count)
    {
        int position = _position;
        if ((uint)count > (uint)(_bytes.Length - position))
        {
            throw Malformed("the bytes end within a value");
        }

        _position = position + count;
        return _bytes.Slice(position, count);
    }

    private readonly AvroException TooLarge(long value) => Malformed($"{value} is no integer of 32 bits");
}
