using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Kafka.ScaleOut;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Connectors;

/// <summary>Produces epochs in transactions.</summary>
internal sealed class TransactionalSink<T>(ProducingSink<T> plain, KafkaCluster cluster, MessageEncoder<T> encoder, KafkaSinkOptions options) : IOutboxSink<T>, IShardSink<T>
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

    public IOutboxWriter<T> OpenShardOutbox(ShardPlace shard, string step)
    {
        KafkaShard.CheckCluster(shard, cluster, step);
        return new ShardOutboxWriter<T>(encoder);
    }

    private sealed class Writer(TransactionalProducer producer, MessageEncoder<T> encoder) : IOutboxWriter<T>
    {
        private readonly BatchEncoder<T> _batches = new(encoder);

        public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox) => _batches.Encode(batch, outbox);

        public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(producer.LastEpoch);

        public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) => new(producer.ApplyAsync(epoch, outbox, cancellationToken));

        public ValueTask DisposeAsync() => producer.DisposeAsync();
    }
}
