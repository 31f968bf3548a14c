using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Finds out offsets to begin and to end with. Blocks: for the polling thread.</summary>
internal sealed class OffsetLookup(IConsumer<RetainedBytes, RetainedBytes> consumer, TimeSpan timeout)
{
    public long Earliest(KafkaPartition partition) => consumer.QueryWatermarkOffsets(Of(partition), timeout).Low.Value;

    /// <summary>Behind the newest message: of those that are committed, unless the consumer reads others too.</summary>
    public long Latest(KafkaPartition partition) => consumer.QueryWatermarkOffsets(Of(partition), timeout).High.Value;

    /// <summary>The first message that is not older than an instant, or behind the newest one.</summary>
    public long At(KafkaPartition partition, DateTimeOffset instant)
    {
        var at = new Timestamp(Math.Max(instant.ToUnixTimeMilliseconds(), 0), TimestampType.CreateTime);
        List<TopicPartitionOffset> found = consumer.OffsetsForTimes([new TopicPartitionTimestamp(Of(partition), at)], timeout);
        return found[0].Offset.Value is var offset and >= 0 ? offset : Latest(partition);
    }

    /// <summary>What the group has committed, of the partitions of which it has something.</summary>
    public Dictionary<KafkaPartition, long> Committed(IEnumerable<KafkaPartition> partitions) => consumer.Committed(partitions.Select(Of), timeout)
        .Where(static partition => partition.Offset.Value >= 0)
        .ToDictionary(static partition => new KafkaPartition(partition.Topic, partition.Partition.Value), static partition => partition.Offset.Value);

    /// <summary>Where to begin in partitions of which there is no position.</summary>
    public Dictionary<KafkaPartition, long> Starts(IReadOnlyCollection<KafkaPartition> partitions, KafkaStart start)
    {
        Dictionary<KafkaPartition, long> committed = start.NeedsGroup && partitions.Count > 0 ? Committed(partitions) : [];
        return partitions.ToDictionary(static partition => partition, partition => Start(partition, start, committed));
    }

    /// <summary>Where to end.</summary>
    public long End(KafkaPartition partition, KafkaEnd end) => !end.IsBounded ? ConsumedPartition.Never
        : end.Instant is { } instant ? At(partition, instant)
        : Latest(partition);

    public static TopicPartition Of(KafkaPartition partition) => new(partition.Topic, partition.Number);

    private long Start(KafkaPartition partition, KafkaStart start, Dictionary<KafkaPartition, long> committed)
    {
        if (start.IsCommitted)
        {
            return committed.TryGetValue(partition, out long offset) ? offset : Start(partition, start.Otherwise, committed);
        }

        if (start.Given is { } given)
        {
            return given.TryGetValue(partition, out long offset) ? offset : Start(partition, start.Otherwise, committed);
        }

        return start.Instant is { } instant ? At(partition, instant)
            : start.IsLatest ? Latest(partition)
            : Earliest(partition);
    }
}
