using IoTStream.Connectors;
using IoTStream.Kafka.ScaleOut;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Connectors;

/// <summary>What <see cref="KafkaSource"/> describes.</summary>
internal sealed class ConsumerSource<T>(TopicSelection topics, KafkaCluster cluster, MessageDecoder<T> decoder, KafkaSourceOptions options) : ISource<T>, IShardSource
{
    /// <summary>Offsets are positions. Of what other members of a group have read, this job does not know whether it counts.</summary>
    public Delivery Delivery => options.Group?.SharesPartitions == true ? Delivery.AtLeastOnce : Delivery.ExactlyOnce;

    public string? WhyNotShared() => options.End.IsBounded
        ? "it ends (KafkaSourceOptions.End), and a process cannot know whether the others have come to their ends"
        : options.Group?.SharesPartitions == true
        ? "it shares its partitions with a group of its own (KafkaGroup.SharesPartitions)"
        : null;

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        KafkaShard.CheckCluster(context.Shard, cluster, context.Step);
        var loop = new ConsumerLoop(cluster, topics, options, context);
        await loop.OpenAsync(cancellationToken).ConfigureAwait(false);
        return [.. loop.Readers.Select((queue, index) => new ChunkReader<T>(loop, queue, loop.Names[index], decoder, context))];
    }
}
