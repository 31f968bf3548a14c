using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Connectors;

/// <summary>The headers of a record, in the order in which the transport gave them.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class RecordHeaders : IReadOnlyList<RecordHeader>
{
    private readonly RecordHeader[] _headers;
    private RecordOrigin? _origin;

    /// <summary>Takes a copy of <paramref name="headers"/>.</summary>
    /// <param name="headers">The headers; names may repeat.</param>
    public RecordHeaders(params ReadOnlySpan<RecordHeader> headers) => _headers = headers.ToArray();

    /// <summary>No headers.</summary>
    public static RecordHeaders Empty { get; } = new();

    /// <inheritdoc/>
    public int Count => _headers.Length;

    /// <inheritdoc/>
    public RecordHeader this[int index] => _headers[index];

    /// <summary>Finds the last header of a name, which by custom overrides the ones before it.</summary>
    /// <param name="name">The name, compared ordinally.</param>
    /// <param name="header">The header, if there is one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(string name, [MaybeNullWhen(false)] out RecordHeader header)
    {
        for (int i = _headers.Length - 1; i >= 0; i--)
        {
            if (string.Equals(_headers[i].Name, name, StringComparison.Ordinal))
            {
                header = _headers[i];
                return true;
            }
        }

        header = default;
        return false;
    }

    /// <summary>The text of the last header of a name, or null if there is none.</summary>
    /// <param name="name">The name, compared ordinally.</param>
    public string? Text(string name) => TryGet(name, out RecordHeader header) ? header.Text : null;

    internal ReadOnlySpan<RecordHeader> Span => _headers;

    /// <summary>The origin of records of a partition with these headers. Sources share headers (one a topic), so the last one made is kept.</summary>
    internal RecordOrigin OriginIn(SourcePartition partition)
    {
        RecordOrigin? origin = Volatile.Read(ref _origin);
        if (origin is null || !ReferenceEquals(origin.Partition, partition))
        {
            origin = new RecordOrigin(partition, this);
            Volatile.Write(ref _origin, origin);
        }

        return origin;
    }

    /// <inheritdoc/>
    public IEnumerator<RecordHeader> GetEnumerator() => ((IEnumerable<RecordHeader>)_headers).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
