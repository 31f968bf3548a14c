namespace IoTStream.Connectors;

/// <summary>Reads a block of memory in bulk.</summary>
internal sealed class MemoryReader<T>(ReadOnlyMemory<T> items, SourcePartition partition) : ISourceReader<T>
{
    private int _next;

    public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

    public ReadStatus Read(SourceBatch<T> batch)
    {
        int count = Math.Min(items.Length - _next, batch.Free);
        items.Span.Slice(_next, count).CopyTo(batch.GetSpan());
        batch.Advance(count);
        _next += count;
        return _next == items.Length ? ReadStatus.Ended : ReadStatus.More;
    }

    public ValueTask DisposeAsync() => default;
}
