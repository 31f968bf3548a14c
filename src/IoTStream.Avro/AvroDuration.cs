using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace IoTStream.Avro;

/// <summary>An amount of time in months, days and milliseconds, none of which can be told by the others.</summary>
/// <param name="Months">The months.</param>
/// <param name="Days">The days.</param>
/// <param name="Milliseconds">The milliseconds.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AvroDuration(uint Months, uint Days, uint Milliseconds)
{
    internal const int Size = 12;

    internal static AvroDuration Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));

    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Months);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Days);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Milliseconds);
    }
}
