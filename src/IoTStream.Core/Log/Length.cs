using System.Runtime.CompilerServices;

namespace IoTStream.Log;

/// <summary>Lengths as bytes: seven bits a byte, the lowest first, the high bit set in all but the last.</summary>
internal static class Length
{
    public const int MaxSize = 5;

    public static int Write(Span<byte> target, uint length)
    {
        int i = 0;
        while (length >= 0x80)
        {
            target[i++] = (byte)(length | 0x80);
            length >>= 7;
        }

        target[i++] = (byte)length;
        return i;
    }

    /// <summary>Reads a length.</summary>
    /// <exception cref="InvalidDataException">The bytes end before it does, or it is too large.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Read(ReadOnlySpan<byte> bytes, ref int at)
    {
        if ((uint)at < (uint)bytes.Length && bytes[at] < 0x80)
        {
            return bytes[at++];
        }

        return ReadLong(bytes, ref at);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint ReadLong(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong length = 0;
        for (int shift = 0; shift < 7 * MaxSize && at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            length |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return length <= uint.MaxValue ? (uint)length : throw new InvalidDataException("A length is too large.");
            }
        }

        throw new InvalidDataException("The bytes end in the middle of a length.");
    }
}
