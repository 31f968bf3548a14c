using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>A message to produce.</summary>
/// <param name="Topic">The name of its topic.</param>
/// <param name="Partition">The number of its partition; negative if the producer chooses.</param>
/// <param name="Timestamp">Its timestamp as milliseconds since 1970; negative if it has none.</param>
/// <param name="Key">Its key, if any.</param>
/// <param name="Value">Its value, if any.</param>
/// <param name="Headers">Its headers, if any.</param>
internal readonly record struct EncodedMessage(string Topic, int Partition, long Timestamp, byte[]? Key, byte[]? Value, Headers? Headers)
{
    public TopicPartition To => new(Topic, Partition < 0 ? Confluent.Kafka.Partition.Any : new Partition(Partition));

    public Message<byte[]?, byte[]?> ToMessage() => new()
    {
        Key = Key,
        Value = Value,
        Headers = Headers,
        Timestamp = Timestamp < 0 ? Confluent.Kafka.Timestamp.Default : new Timestamp(Timestamp, TimestampType.CreateTime),
    };
}
