using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Publishes a job's records at once, and at a flush waits until they are confirmed.</summary>
internal sealed class PublishingWriter<T>(ConfirmedPublisher publisher, MessageEncoder<T> encoder) : ISinkWriter<T>
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        for (int i = 0; i < batch.Count; i++)
        {
            await publisher.PublishAsync(encoder.Encode(batch.Values.Span[i], batch.Context(i), _buffer), cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => publisher.FlushAsync(cancellationToken);

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => publisher.FlushAsync(cancellationToken);

    public ValueTask DisposeAsync() => publisher.DisposeAsync();
}
