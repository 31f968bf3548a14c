using System.Buffers.Binary;

namespace IoTStream.Log;

/// <summary>What a frame begins with. docs/epoch-log-format.md describes it byte by byte.</summary>
/// <param name="Length">The length of the payload in bytes, without the padding that follows it up to a multiple of <see cref="Alignment"/>.</param>
/// <param name="Type">One of <see cref="FrameType"/>.</param>
/// <param name="StartsCommit">
/// Whether it is the first frame of a commit. A commit is only written when the one before it has been synced, so such a frame proves that whatever stands
/// before it was on the disk once.
/// </param>
/// <param name="Sequence">Its sequence number; frames that the log writes for itself bear that of the frame that follows them.</param>
/// <param name="PayloadCheck">The checksum of payload and padding.</param>
internal readonly record struct FrameHeader(int Length, byte Type, bool StartsCommit, long Sequence, uint PayloadCheck)
{
    public const int Size = 24;

    /// <summary>Frames begin at multiples of it, so that one can be found again behind damage, and checksums are computed a word at a time.</summary>
    public const int Alignment = 8;

    /// <summary>What padding consists of: no zeros, which are what a write that was lost leaves.</summary>
    public const byte Padding = 0xA5;

    /// <summary>How long the longest payload is.</summary>
    public const int MaxLength = int.MaxValue - 1024;

    /// <summary>How long payload and padding are.</summary>
    public int PaddedLength => (Length + Alignment - 1) & -Alignment;

    public void WriteTo(Span<byte> bytes, uint seed)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], PayloadCheck);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], Length);
        bytes[20] = Type;
        bytes[21] = StartsCommit ? (byte)1 : (byte)0;
        bytes[22] = 0;
        bytes[23] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, CheckOf(bytes, seed));
    }

    /// <summary>Reads a header.</summary>
    /// <returns>False if it is none of a frame of this log.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint seed, out FrameHeader header)
    {
        header = new FrameHeader(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            bytes[20],
            bytes[21] == 1,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) == CheckOf(bytes, seed) && header.Length is >= 0 and <= MaxLength;
    }

    private static uint CheckOf(ReadOnlySpan<byte> bytes, uint seed) => Crc32C.End(Crc32C.Add(seed, bytes[4..Size]));
}
