using System.Buffers.Binary;

namespace IoTStream.Log;

/// <summary>The bytes of an epoch, as <see cref="Epoch"/> reads them.</summary>
internal sealed class EpochPayload
{
    private readonly ByteChunks _tables = new();

    /// <summary>What was written last.</summary>
    public ByteChunks Bytes { get; } = new();

    /// <summary>Writes an epoch in place of the one before.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="tables">The names that the numbers in the sections stand for.</param>
    /// <param name="description">What the job says about itself.</param>
    /// <param name="contributions">The sections, which are not copied: they must stay as they are while <see cref="Bytes"/> is used.</param>
    public void Write(in EpochHeader header, ReadOnlySpan<EpochTable> tables, ReadOnlySpan<byte> description, ReadOnlySpan<EpochContribution> contributions)
    {
        _tables.Clear();
        foreach (EpochTable table in tables)
        {
            _tables.Advance(Length.Write(_tables.GetSpan(Length.MaxSize), (uint)table.Number));
            Log.Bytes.Write(_tables, table.Name);
            Log.Bytes.Write(_tables, table.Format);
        }

        Bytes.Clear();
        Span<byte> fixedPart = Bytes.GetSpan(EpochHeader.Size + (2 * sizeof(int)));
        header.WriteTo(fixedPart);
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart[EpochHeader.Size..], (int)_tables.Length);
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart[(EpochHeader.Size + sizeof(int))..], description.Length);
        Bytes.Advance(EpochHeader.Size + (2 * sizeof(int)));
        Bytes.AppendBorrowed(_tables);
        Bytes.Append(description);
        foreach (EpochContribution contribution in contributions)
        {
            contribution.End();
            Bytes.AppendBorrowed(contribution.Sections);
        }
    }
}
