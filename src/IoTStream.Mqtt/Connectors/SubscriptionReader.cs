using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>
/// Reads what a client is sent. Its position is what it has taken of that and the server may send again. When the server sends no more because too much is
/// not acknowledged, it has an epoch cut.
/// </summary>
internal sealed class SubscriptionReader<T>(SubscriptionFeed<T> feed, SourceContext context) : ISourceReader<T>, IDrainable, IAcknowledging, IPositioned
{
    private readonly SourceQueue<T> _queue = feed.Queue;

    public IReadOnlyList<SourcePartition> Partitions => feed.Partitions.All;

    public ReadStatus Read(SourceBatch<T> batch)
    {
        ReadStatus status = _queue.Read(batch);
        feed.Identifiers?.Take(_queue.Taken);
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
