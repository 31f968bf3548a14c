using System.Numerics;
using System.Runtime.InteropServices;

namespace IoTStream.Coap.Messaging;

/// <summary>A checksum of what a message is, the same in each process: two messages that differ have the same one once in 2^64 times.</summary>
internal static class Fingerprint
{
    private const ulong Second = 0x9E3779B97F4A7C15;

    public static ulong Of(ReadOnlySpan<byte> bytes) => Add(0xFFFF_FFFF_FFFF_FFFF, bytes);

    public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        // Two checksums that see the bytes in different order of their words are as good as one of twice the length.
        uint first = (uint)sum;
        uint second = (uint)(sum >> 32);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            ulong word = MemoryMarshal.Read<ulong>(bytes);
            first = BitOperations.Crc32C(first, word);
            second = BitOperations.Crc32C(second, word * Second);
        }

        foreach (byte one in bytes)
        {
            first = BitOperations.Crc32C(first, one);
            second = BitOperations.Crc32C(second, (one + 1UL) * Second);
        }

        return ((ulong)second << 32) | first;
    }

    public static ulong Add(ulong sum, ulong word)
    {
        uint first = BitOperations.Crc32C((uint)sum, word);
        uint second = BitOperations.Crc32C((uint)(sum >> 32), word * Second);
        return ((ulong)second << 32) | first;
    }

    /// <summary>What tells a message of a peer from all others.</summary>
    public static ulong Of(in PeerAddress peer, ReadOnlySpan<byte> bytes) => Add(Add(Add(Of(bytes), peer.High), peer.Low), ((ulong)peer.Scope << 16) | peer.Port);
}
