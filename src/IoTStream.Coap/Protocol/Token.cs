using System.Buffers.Binary;

namespace IoTStream.Coap.Protocol;

/// <summary>What a client recognises a response by: zero to eight bytes.</summary>
internal readonly record struct Token(ulong Bits, int Length)
{
    public const int MaximumLength = 8;

    /// <summary>Of at most eight bytes.</summary>
    public static Token Of(ReadOnlySpan<byte> bytes)
    {
        ulong bits = 0;
        foreach (byte one in bytes)
        {
            bits = (bits << 8) | one;
        }

        return new Token(bits, bytes.Length);
    }

    public void CopyTo(Span<byte> destination)
    {
        if (Length == MaximumLength)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, Bits);
            return;
        }

        for (int i = 0; i < Length; i++)
        {
            destination[i] = (byte)(Bits >> (8 * (Length - 1 - i)));
        }
    }
}
