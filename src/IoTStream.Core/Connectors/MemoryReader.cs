using System.Buffers;

namespace IoTStream.Connectors;

/// <summary>Lends a block of memory, piece by piece.</summary>
internal sealed class MemoryReader<T>(ReadOnlyMemory<T> items, SourcePartition partition, int start) : ISourceReader<T>, IPositioned
{
    private int _next = start;

    public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

    public ReadStatus Read(SourceBatch<T> batch)
    {
        int count = Math.Min(items.Length - _next, batch.Free);
        batch.Lend(items.Slice(_next, count));
        _next += count;
        return _next == items.Length ? ReadStatus.Ended : ReadStatus.More;
    }

    public void WritePosition(IBufferWriter<byte> position) => StoredNumber.Write(_next, position);

    public ValueTask DisposeAsync() => default;
}
