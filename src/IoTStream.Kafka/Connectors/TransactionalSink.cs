using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Produces epochs in transactions.</summary>
internal sealed class TransactionalSink<T>(ProducingSink<T> plain, KafkaCluster cluster, MessageEncoder<T> encoder, KafkaSinkOptions options) : IOutboxSink<T>
{
    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => plain.OpenAsync(context, cancellationToken);

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var producer = new TransactionalProducer(cluster, options, context);
        try
        {
            await producer.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await producer.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new Writer(producer, encoder);
    }

    private sealed class Writer(TransactionalProducer producer, MessageEncoder<T> encoder) : IOutboxWriter<T>
    {
        private readonly ArrayBufferWriter<byte> _buffer = new();

        public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
        {
            ArgumentNullException.ThrowIfNull(batch);
            EncodedMessages.WriteHead(outbox, batch.Count);
            for (int i = 0; i < batch.Count; i++)
            {
                EncodedMessages.Write(outbox, encoder.Encode(batch.Values.Span[i], batch.Context(i), _buffer));
            }
        }

        public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(producer.LastEpoch);

        public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) => new(producer.ApplyAsync(epoch, outbox, cancellationToken));

        public ValueTask DisposeAsync() => producer.DisposeAsync();
    }
}
