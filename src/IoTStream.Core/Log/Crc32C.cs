using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.Log;

/// <summary>The cyclic redundancy check of Castagnoli (RFC 3720, section 12.1), for which processors have an instruction.</summary>
internal static class Crc32C
{
    /// <summary>What a computation starts with.</summary>
    public const uint Start = 0xFFFFFFFF;

    public static uint Of(ReadOnlySpan<byte> bytes) => End(Add(Start, bytes));

    public static uint End(uint state) => ~state;

    /// <summary>Goes on with more bytes; it does not matter where they are divided.</summary>
    /// <remarks>Compiled at once, for a process that recovers is one that has just started.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..])
        {
            state = BitOperations.Crc32C(state, rest);
        }

        return state;
    }
}
