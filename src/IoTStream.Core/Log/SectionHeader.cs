using System.Buffers.Binary;

namespace IoTStream.Log;

/// <summary>What a section begins with.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Table">The number of the table, source or sink.</param>
/// <param name="KeyGroup">The key group of state entries, else 0.</param>
/// <param name="Count">How many entries follow.</param>
/// <param name="Length">How many bytes they are.</param>
internal readonly record struct SectionHeader(SectionKind Kind, int Table, int KeyGroup, int Count, int Length)
{
    public const int Size = 16;

    public void WriteTo(Span<byte> bytes)
    {
        bytes[0] = (byte)Kind;
        bytes[1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)KeyGroup);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], Table);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], Length);
    }

    public static SectionHeader Read(ReadOnlySpan<byte> bytes) => new(
        (SectionKind)bytes[0],
        BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]));
}
