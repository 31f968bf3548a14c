using System.Security.Cryptography;
using System.Text;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>What the shards of an application have in common. Immutable and thread-safe.</summary>
internal sealed class ShardSettings(KafkaScaleOutOptions options, InternalTopics topics)
{
    public KafkaScaleOutOptions Options => options;

    public InternalTopics Topics => topics;

    /// <summary>How shards produce: what waits for others would make epochs longer.</summary>
    public KafkaSinkOptions ProducerOptions { get; } = new()
    {
        Linger = TimeSpan.FromMilliseconds(1),
        MaxMessageBytes = options.MaxMessageBytes,
        TransactionTimeout = options.TransactionTimeout,
    };

    /// <summary>The same for a shard wherever it runs.</summary>
    public Guid IdentityOf(int shard) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{topics.ApplicationId}/{shard}")).AsSpan(0, 16));
}
