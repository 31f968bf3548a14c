using IoTStream.Connectors;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka;

/// <summary>Sinks that produce to topics of Kafka.</summary>
/// <remarks>
/// <para>
/// In a job with an epoch log, the messages of an epoch and its number are one transaction: readers that read only what is committed see each message once. A writer that another has replaced is refused by the
/// brokers. Without one, or with <see cref="Delivery.AtLeastOnce"/>, messages are produced at once, by an idempotent producer, which keeps their order and repeats none while it lives.
/// </para>
/// <para>A message that brokers do not take (too large, no right to write, not delivered in time) fails the job. While no broker can be reached, the pipeline is held back.</para>
/// <para>Messages bear the timestamps of their records, and the context of their trace as headers if somebody listens to the activity source <c>IoTStream.Kafka</c>.</para>
/// </remarks>
public static class KafkaSink
{
    /// <summary>Produces a message for each record.</summary>
    /// <param name="topic">The name of the topic.</param>
    /// <param name="cluster">Where it is.</param>
    /// <param name="encoder">Encodes values.</param>
    /// <param name="parts">Key, partition, headers, timestamp, topic: <c>message => message.Key(r => r.Machine)</c>; by default only the timestamp of the record.</param>
    /// <param name="options">How messages are produced.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The topic or an option is not valid.</exception>
    public static ISink<T> To<T>(
        string topic,
        KafkaCluster cluster,
        IEncoder<T> encoder,
        Func<KafkaMessageParts<T>, KafkaMessageParts<T>>? parts = null,
        KafkaSinkOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(topic);
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(encoder);
        cluster.Validate(ProducerFactory.Reserved);
        options ??= new KafkaSinkOptions();
        options.Validate();
        var made = new KafkaMessageParts<T>();
        var encoding = new MessageEncoder<T>(topic, encoder, parts is null ? made : parts(made));
        var plain = new ProducingSink<T>(cluster, encoding, options);
        return options.Delivery == Delivery.ExactlyOnce ? new TransactionalSink<T>(plain, cluster, encoding, options) : plain;
    }
}
