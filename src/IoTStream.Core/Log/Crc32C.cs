using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.Log;

/// <summary>The cyclic redundancy check of Castagnoli (RFC 3720, section 12.1), for which processors have an instruction.</summary>
internal static class Crc32C
{
    /// <summary>What a computation starts with.</summary>
    public const uint Start = 0xFFFFFFFF;

    // The instruction takes three cycles, but one can begin in each: so three parts of a block are gone through at once, each long enough that putting
    // them together costs little.
    private const int PartSize = 2048;
    private const int PartWords = PartSize / sizeof(ulong);

    /// <summary>What a state becomes by as many zeros as a part has bytes, for each byte of the state by itself: the check is linear.</summary>
    private static readonly uint[] AfterPart = CreateAfterPart();

    public static uint Of(ReadOnlySpan<byte> bytes) => End(Add(Start, bytes));

    public static uint End(uint state) => ~state;

    /// <summary>Goes on with more bytes; it does not matter where they are divided.</summary>
    /// <remarks>Compiled at once, for a process that recovers is one that has just started.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        int done = 0;
        for (; words.Length - done >= 3 * PartWords; done += 3 * PartWords)
        {
            state = AddParts(state, in words[done]);
        }

        foreach (ulong word in words[done..])
        {
            state = BitOperations.Crc32C(state, LittleEndian(word));
        }

        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..])
        {
            state = BitOperations.Crc32C(state, rest);
        }

        return state;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint AddParts(uint first, ref readonly ulong words)
    {
        uint second = 0;
        uint third = 0;
        ref ulong word = ref Unsafe.AsRef(in words);
        for (int i = 0; i < PartWords; i++)
        {
            first = BitOperations.Crc32C(first, LittleEndian(word));
            second = BitOperations.Crc32C(second, LittleEndian(Unsafe.Add(ref word, PartWords)));
            third = BitOperations.Crc32C(third, LittleEndian(Unsafe.Add(ref word, 2 * PartWords)));
            word = ref Unsafe.Add(ref word, 1);
        }

        return PassPart(PassPart(first) ^ second) ^ third;
    }

    private static uint PassPart(uint state) =>
        AfterPart[(byte)state] ^ AfterPart[256 + (byte)(state >> 8)] ^ AfterPart[512 + (byte)(state >> 16)] ^ AfterPart[768 + (state >> 24)];

    private static uint[] CreateAfterPart()
    {
        uint[] after = new uint[4 * 256];
        for (int bit = 0; bit < 32; bit++)
        {
            uint state = 1u << bit;
            for (int i = 0; i < PartWords; i++)
            {
                state = BitOperations.Crc32C(state, 0UL);
            }

            Span<uint> ofByte = after.AsSpan(bit / 8 * 256, 256);
            int step = 1 << (bit % 8);
            for (int value = step; value < 2 * step; value++)
            {
                ofByte[value] = ofByte[value - step] ^ state;
            }
        }

        return after;
    }

    private static ulong LittleEndian(ulong word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
}
