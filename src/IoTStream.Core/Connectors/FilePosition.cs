using System.Buffers;
using System.Buffers.Binary;

namespace IoTStream.Connectors;

/// <summary>How far a file of records has been read.</summary>
/// <param name="Offset">The byte that comes next.</param>
/// <param name="Line">The number of its line, from 1.</param>
/// <param name="IsSkipping">Whether it lies in the middle of a record that was too long, the rest of which is not wanted.</param>
/// <param name="Preamble">How many bytes at the beginning of the file have to be read again, to know what the records mean; 0 if none.</param>
/// <param name="Beginning">What tells the file from another.</param>
internal readonly record struct FilePosition(long Offset, long Line, bool IsSkipping, int Preamble, FileBeginning Beginning)
{
    private const int Size = 1 + 8 + 8 + 4 + 4 + 8;

    public static FilePosition Start { get; } = new(0, 1, IsSkipping: false, 0, FileBeginning.Empty);

    /// <exception cref="InvalidDataException">What is stored is no position in a file.</exception>
    public static FilePosition Find(SourceContext context, SourcePartition partition)
    {
        if (!context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position))
        {
            return Start;
        }

        ReadOnlySpan<byte> bytes = position.Span;
        return bytes.Length == Size
            ? new FilePosition(
                BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[9..]),
                bytes[0] != 0,
                BinaryPrimitives.ReadInt32LittleEndian(bytes[17..]),
                new FileBeginning(BinaryPrimitives.ReadInt32LittleEndian(bytes[21..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[25..])))
            : throw PositionRemedies.OfAnotherKind(partition);
    }

    public void Write(IBufferWriter<byte> position)
    {
        Span<byte> bytes = position.GetSpan(Size);
        bytes[0] = IsSkipping ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], Line);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[17..], Preamble);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[21..], Beginning.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[25..], Beginning.Hash);
        position.Advance(Size);
    }

    /// <summary>Sees to it that the file is the one that was read, as far as that can be told without reading it again.</summary>
    /// <param name="length">How long the file is.</param>
    /// <param name="beginning">As many of its first bytes as <see cref="Beginning"/> has.</param>
    /// <param name="partition">The partition whose file it is.</param>
    /// <exception cref="InvalidDataException">It is another.</exception>
    public void Check(long length, ReadOnlySpan<byte> beginning, SourcePartition partition)
    {
        if (length < Offset)
        {
            throw Changed($"it has {length} bytes", partition);
        }

        if (FileBeginning.Empty.With(beginning) != Beginning)
        {
            throw Changed($"its first {Beginning.Length} bytes have changed", partition);
        }
    }

    private InvalidDataException Changed(string what, SourcePartition partition) => new(
        $"The file '{partition.Name}' has been read up to byte {Offset}, but {what}: it was cut or replaced. Put back the file that it was, give the new one another name, or " +
        $"{PositionRemedies.BeginAnew(partition)}.");
}
