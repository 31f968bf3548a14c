using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>Reads a topic: what its pump puts into the queue comes out, and the offsets are counted.</summary>
/// <param name="queue">What the pump fills.</param>
/// <param name="first">Gives the offset of the first record, or -1 as long as it is not known.</param>
internal sealed class QueueReader<T>(SourceQueue<T> queue, Func<long> first) : ISourceReader<T>, IDrainable, IAcknowledging, IPositioned
{
    private long _read;

    public IReadOnlyList<SourcePartition> Partitions => queue.Partitions;

    public ReadStatus Read(SourceBatch<T> batch)
    {
        ReadStatus status = queue.Read(batch);
        _read += batch.Items;
        return status;
    }

    /// <summary>Writes the offset of the next record; -1 for the place at which the source was told to begin.</summary>
    public void WritePosition(IBufferWriter<byte> position)
    {
        long offset = first();
        StoredNumber.Write(offset < 0 ? -1 : offset + _read, position);
    }

    public void BeginDrain() => queue.BeginDrain();

    public void Acknowledge(long count) => queue.Acknowledge(count);

    public ValueTask DisposeAsync() => queue.DisposeAsync();
}
