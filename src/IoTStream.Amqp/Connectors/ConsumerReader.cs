using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>
/// Reads what a queue's consumer is delivered. Its position is the identifiers of what it has taken, which may come again. When the server delivers no more because too much is not
/// acknowledged, it has an epoch cut.
/// </summary>
internal sealed class ConsumerReader<T>(ConsumerFeed<T> feed, SourceContext context) : ISourceReader<T>, IDrainable, IAcknowledging, IPositioned
{
    private readonly SourceQueue<T> _queue = feed.Queue;

    public IReadOnlyList<SourcePartition> Partitions => _queue.Partitions;

    public ReadStatus Read(SourceBatch<T> batch)
    {
        ReadStatus status = _queue.Read(batch);
        if (status == ReadStatus.Drained && feed.MayBeHeldBack)
        {
            context.RequestEpoch();
        }

        return status;
    }

    public void BeginDrain() => _queue.BeginDrain();

    public void Acknowledge(long count) => _queue.Acknowledge(count);

    public void WritePosition(IBufferWriter<byte> position) => feed.WritePosition(position);

    public ValueTask DisposeAsync() => _queue.DisposeAsync();
}
