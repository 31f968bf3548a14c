using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>What the shards of an application have in common. Immutable and thread-safe.</summary>
internal sealed class ShardSettings(KafkaScaleOutOptions options, InternalTopics topics)
{
    /// <summary>The group as it is named in transactions: whether a shard may commit offsets is decided by its producer, and not by who is a member at the moment.</summary>
    public IConsumerGroupMetadata Group { get; } = ReadGroup(options, topics);

    public KafkaScaleOutOptions Options => options;

    public InternalTopics Topics => topics;

    /// <summary>How shards produce: what waits for others would make epochs longer.</summary>
    public KafkaSinkOptions ProducerOptions { get; } = new()
    {
        Linger = TimeSpan.FromMilliseconds(1),
        MaxMessageBytes = options.MaxMessageBytes,
        TransactionTimeout = options.TransactionTimeout,
    };

    private static IConsumerGroupMetadata ReadGroup(KafkaScaleOutOptions options, InternalTopics topics)
    {
        using IConsumer<byte[]?, byte[]?> consumer = ClientFactory.CreateReader(options.Cluster, topics.ApplicationId, new ClientLog());
        return consumer.ConsumerGroupMetadata;
    }

    /// <summary>The same for a shard wherever it runs.</summary>
    public Guid IdentityOf(int shard) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{topics.ApplicationId}/{shard}")).AsSpan(0, 16));
}
