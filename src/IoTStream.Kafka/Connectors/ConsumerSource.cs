using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>What <see cref="KafkaSource"/> describes.</summary>
internal sealed class ConsumerSource<T>(TopicSelection topics, KafkaCluster cluster, MessageDecoder<T> decoder, KafkaSourceOptions options) : ISource<T>
{
    /// <summary>Offsets are positions. Of what other members of a group have read, this job does not know whether it counts.</summary>
    public Delivery Delivery => options.Group?.SharesPartitions == true ? Delivery.AtLeastOnce : Delivery.ExactlyOnce;

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var loop = new ConsumerLoop(cluster, topics, options, context);
        await loop.OpenAsync(cancellationToken).ConfigureAwait(false);
        return [.. loop.Readers.Select((queue, index) => new ChunkReader<T>(loop, queue, loop.Names[index], decoder, context))];
    }
}
