namespace IoTStream.Kafka;

/// <summary>The consumer group of a source.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record KafkaGroup
{
    /// <summary>Describes a group.</summary>
    /// <param name="id">Its name.</param>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public KafkaGroup(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        Id = id;
    }

    /// <summary>The name of the group.</summary>
    public string Id { get; }

    /// <summary>
    /// Whether the source shares the partitions with the other members of the group, as Kafka deals them out. By default it reads all partitions, whoever else does, and commits offsets to the group only
    /// so that tools can show them. A source that shares is at-least-once: when a member dies, what it had not committed is read again by another.
    /// </summary>
    public bool SharesPartitions { get; init; }

    /// <summary>After what silence a member is taken for dead, if partitions are shared; default 45 seconds.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// How long a partition that is to go to another member is kept until the pipeline has taken over what was read of it, and in a job with an epoch log, until an epoch has; default 30 seconds.
    /// Then it is given up all the same, and the other member reads again what was not committed.
    /// </summary>
    public TimeSpan HandOverTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A name of this member that no other has, if partitions are shared: a member that is started again under it within the session time-out gets back the partitions that it had, without the others being
    /// asked (KIP-345). By default members have no names of their own.
    /// </summary>
    public string? InstanceId { get; init; }

    /// <summary>How often offsets are committed; default 5 seconds. They are committed also when a partition is handed over and at the end.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        KafkaCluster.Check(SessionTimeout >= TimeSpan.FromMilliseconds(1), nameof(SessionTimeout), "has to be at least a millisecond");
        KafkaCluster.Check(HandOverTimeout >= TimeSpan.Zero, nameof(HandOverTimeout), "cannot be negative");
        KafkaCluster.Check(HandOverTimeout <= TimeSpan.FromMinutes(4), nameof(HandOverTimeout), "has to be at most 4 minutes: a member that does not answer for 5 is expelled");
        KafkaCluster.Check(CommitInterval >= TimeSpan.FromMilliseconds(1), nameof(CommitInterval), "has to be at least a millisecond");
        KafkaCluster.Check(InstanceId is null || SharesPartitions, nameof(InstanceId), "means something only if partitions are shared: SharesPartitions");
    }
}
