using IoTStream.Connectors;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka;

/// <summary>Sources that read topics of Kafka.</summary>
/// <remarks>
/// <para>
/// Each partition of a topic is a partition of the source, with a watermark and an idleness of its own: event time waits for each of them, so let it leave out silent ones
/// (<c>WithIdleness</c>). The timestamps of messages are those of the records, and their headers are headers of the records, with <see cref="KafkaHeaders.Topic"/> as the first.
/// </para>
/// <para>
/// In a job with an epoch log, offsets are part of its epochs: each message has its effect exactly once. Topics and partitions that come into being while the job runs are found and read from their beginning. What the log says of a topic
/// that no longer has it, because of its retention or because it was replaced, is an error.
/// </para>
/// <para>
/// A message that does not decode becomes a dead letter, with its topic, partition, offset and key as headers. When the pipeline does not keep up, partitions are paused. A broker that cannot be reached is
/// waited for, except at the start, which fails after <see cref="KafkaCluster.OpenTimeout"/>.
/// </para>
/// </remarks>
public static class KafkaSource
{
    /// <summary>Reads a topic.</summary>
    /// <param name="topic">The name of the topic; or if it begins with <c>^</c>, a regular expression for names, such as <c>^sensors\..*</c>.</param>
    /// <param name="cluster">Where it is.</param>
    /// <param name="decoder">Decodes values; it is called on a lane.</param>
    /// <param name="options">How it is read.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The topic or an option is not valid.</exception>
    public static ISource<T> Read<T>(string topic, KafkaCluster cluster, IDecoder<T> decoder, KafkaSourceOptions? options = null) => Read([topic], cluster, decoder, options);

    /// <summary>Reads topics.</summary>
    /// <param name="topics">The names of the topics; those that begin with <c>^</c> are regular expressions for names, such as <c>^sensors\..*</c>.</param>
    /// <param name="cluster">Where they are.</param>
    /// <param name="decoder">Decodes values; it is called on a lane.</param>
    /// <param name="options">How they are read.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A topic or an option is not valid.</exception>
    public static ISource<T> Read<T>(IReadOnlyList<string> topics, KafkaCluster cluster, IDecoder<T> decoder, KafkaSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return Create(topics, cluster, MessageDecoder<T>.Of(decoder), options);
    }

    /// <summary>Reads topics, and makes records of whole messages, with their keys, headers and offsets.</summary>
    /// <param name="topics">The names of the topics; those that begin with <c>^</c> are regular expressions for names, such as <c>^sensors\..*</c>.</param>
    /// <param name="cluster">Where they are.</param>
    /// <param name="decode">
    /// Makes a record of a message; called on a lane. Key and value lie in a buffer, and are not to be kept. If it throws, the message becomes a dead letter.
    /// </param>
    /// <param name="options">How they are read.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A topic or an option is not valid.</exception>
    public static ISource<T> Read<T>(IReadOnlyList<string> topics, KafkaCluster cluster, Func<KafkaMessage, T> decode, KafkaSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decode);
        return Create(topics, cluster, MessageDecoder<T>.Of(decode), options);
    }

    private static ConsumerSource<T> Create<T>(IReadOnlyList<string> topics, KafkaCluster cluster, MessageDecoder<T> decoder, KafkaSourceOptions? options)
    {
        var selection = new TopicSelection(topics);
        ArgumentNullException.ThrowIfNull(cluster);
        cluster.Validate(ConsumerFactory.Reserved);
        options ??= new KafkaSourceOptions();
        options.Validate();
        return new ConsumerSource<T>(selection, cluster, decoder, options);
    }
}
