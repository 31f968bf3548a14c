using System.Buffers;
using System.Runtime.InteropServices;

namespace IoTStream.Connectors;

/// <summary>Reads a list in bulk.</summary>
internal sealed class ListReader<T>(List<T> items, SourcePartition partition, int start) : ISourceReader<T>, IPositioned
{
    private readonly int _length = items.Count;
    private int _next = start;

    public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

    public ReadStatus Read(SourceBatch<T> batch)
    {
        if (items.Count != _length)
        {
            throw new InvalidOperationException(
                "The list was changed while a job read it. Give the job a copy of its own, or write to a channel and read from that.");
        }

        int count = Math.Min(_length - _next, batch.Free);
        CollectionsMarshal.AsSpan(items).Slice(_next, count).CopyTo(batch.GetSpan());
        batch.Advance(count);
        _next += count;
        return _next == _length ? ReadStatus.Ended : ReadStatus.More;
    }

    public void WritePosition(IBufferWriter<byte> position) => StoredNumber.Write(_next, position);

    public ValueTask DisposeAsync() => default;
}
