namespace IoTStream.Kafka;

/// <summary>The names of the record headers that <see cref="KafkaSource"/> sets, besides those of the message.</summary>
public static class KafkaHeaders
{
    /// <summary>The name of the topic.</summary>
    public const string Topic = "kafka.topic";

    /// <summary>The number of the partition, as text; of dead letters. Other records have it in the name of their partition.</summary>
    public const string Partition = "kafka.partition";

    /// <summary>The offset of the message, as text; of dead letters.</summary>
    public const string Offset = "kafka.offset";

    /// <summary>The key of the message: bytes, of dead letters whose message has one.</summary>
    public const string Key = "kafka.key";
}
