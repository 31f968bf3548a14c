using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Produces at once.</summary>
internal sealed class ProducingSink<T>(KafkaCluster cluster, MessageEncoder<T> encoder, KafkaSinkOptions options) : ISink<T>
{
    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var log = new ClientLog();
        return new(new ProducingWriter<T>(ProducerFactory.Create(cluster, options, log, transactionalId: null), encoder, log, context));
    }
}
