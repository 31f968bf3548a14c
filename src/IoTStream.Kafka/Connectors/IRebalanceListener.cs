using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Told, inside of a poll, what a group's member gets and what is taken from it. Breaks the circle between the consumer and who polls it.</summary>
internal interface IRebalanceListener
{
    /// <returns>Where to begin in each.</returns>
    IEnumerable<TopicPartitionOffset> OnAssigned(IReadOnlyCollection<TopicPartition> partitions);

    /// <summary>They go to another member when this returns.</summary>
    void OnRevoked(IReadOnlyCollection<TopicPartitionOffset> partitions);

    /// <summary>They may be another member's already.</summary>
    void OnLost(IReadOnlyCollection<TopicPartitionOffset> partitions);
}
