namespace IoTStream.Kafka;

/// <summary>A partition of a topic.</summary>
/// <param name="Topic">The name of the topic.</param>
/// <param name="Number">The number of the partition, from 0.</param>
public readonly record struct KafkaPartition(string Topic, int Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Topic}[{Number}]";
}
