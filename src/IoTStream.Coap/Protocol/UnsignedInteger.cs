namespace IoTStream.Coap.Protocol;

/// <summary>Numbers as values of options: in network order, with as few bytes as it takes, none for zero (RFC 7252, section 3.2).</summary>
internal static class UnsignedInteger
{
    public static int LengthOf(uint value) => value switch { 0 => 0, <= 0xFF => 1, <= 0xFFFF => 2, <= 0xFF_FFFF => 3, _ => 4 };

    /// <summary>Reads a number. Zeros in front are fine, as the specification asks of receivers.</summary>
    /// <param name="bytes">At most four bytes.</param>
    public static uint Read(ReadOnlySpan<byte> bytes)
    {
        uint value = 0;
        foreach (byte one in bytes)
        {
            value = (value << 8) | one;
        }

        return value;
    }

    public static void Write(Span<byte> bytes, uint value)
    {
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            bytes[i] = (byte)value;
            value >>= 8;
        }
    }
}
