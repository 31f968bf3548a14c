namespace IoTStream.Coap.Protocol;

/// <summary>Which part of a body a message has or asks for (RFC 7959, section 2.2).</summary>
/// <param name="Number">The number of the block, from 0, less than <see cref="MaximumCount"/>.</param>
/// <param name="More">Whether there are blocks behind it.</param>
/// <param name="Exponent">The size as exponent: 0 for 16 bytes to 6 for 1,024; 7 stands for more than that over connections (RFC 8323).</param>
internal readonly record struct Block(int Number, bool More, int Exponent)
{
    public const int MaximumCount = 1 << 20;
    public const int LargestExponent = 6;

    /// <summary>Over connections: a message has a multiple of 1,024 bytes.</summary>
    public const int BertExponent = 7;

    /// <summary>How many bytes a block has, or over connections the unit that numbers count.</summary>
    public int Size => 1 << (Math.Min(Exponent, LargestExponent) + 4);

    /// <summary>Where the block begins in the body.</summary>
    public long Offset => (long)Number * Size;

    public static Block Read(ReadOnlySpan<byte> value)
    {
        uint bits = UnsignedInteger.Read(value);
        return new Block((int)(bits >> 4), (bits & 8) != 0, (int)(bits & 7));
    }

    public uint ToBits() => ((uint)Number << 4) | (More ? 8u : 0) | (uint)Exponent;

    /// <summary>The exponent of the largest block of at most that many bytes.</summary>
    public static int ExponentOf(int size) => Math.Clamp(int.Log2(Math.Max(size, 16)) - 4, 0, LargestExponent);
}
