using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>Reads what devices send. Its position is what they may send again. When much waits for its outcome, it has an epoch cut.</summary>
internal sealed class RequestReader<T>(RequestFeed<T> feed, SourceContext context) : ISourceReader<T>, IDrainable, IAcknowledging, IPositioned
{
    private readonly SourceQueue<T> _queue = feed.Queue;

    public IReadOnlyList<SourcePartition> Partitions => _queue.Partitions;

    public ReadStatus Read(SourceBatch<T> batch)
    {
        ReadStatus status = _queue.Read(batch);
        if (feed.OwesMuch)
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
