using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Connectors;

/// <summary>The origins of a batch's records: one object where all agree, which is the common case, else one a record.</summary>
internal readonly ref struct OriginColumn
{
    private readonly ReadOnlySpan<RecordOrigin> _column;

    public OriginColumn(RecordOrigin uniform) => Uniform = uniform;

    public OriginColumn(ReadOnlySpan<RecordOrigin> column) => _column = column;

    /// <summary>The origin of all records, or null if they have one each.</summary>
    public RecordOrigin? Uniform { get; }

    [MemberNotNullWhen(true, nameof(Uniform))]
    public bool IsUniform => Uniform is not null;

    /// <summary>The origins of the records, if they have one each.</summary>
    public ReadOnlySpan<RecordOrigin> Column => _column;

    public RecordOrigin this[int index] => Uniform ?? _column[index];

    public OriginColumn Slice(int start, int length) => IsUniform ? this : new(_column.Slice(start, length));

    public void CopyTo(Span<RecordOrigin> target, int count)
    {
        if (IsUniform)
        {
            target[..count].Fill(Uniform);
        }
        else
        {
            _column[..count].CopyTo(target);
        }
    }
}
