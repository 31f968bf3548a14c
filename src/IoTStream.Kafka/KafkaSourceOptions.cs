namespace IoTStream.Kafka;

/// <summary>How <see cref="KafkaSource"/> reads.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record KafkaSourceOptions
{
    /// <summary>Where to begin in partitions of which there is no position; default <see cref="KafkaStart.Earliest"/>.</summary>
    public KafkaStart Start { get; init; } = KafkaStart.Earliest;

    /// <summary>Where to end; default <see cref="KafkaEnd.Never"/>.</summary>
    public KafkaEnd End { get; init; } = KafkaEnd.Never;

    /// <summary>The consumer group to which offsets are committed, and that partitions may be shared with; by default none.</summary>
    public KafkaGroup? Group { get; init; }

    /// <summary>The most messages of one partition that wait for the pipeline, at least 1; default 16,384. When there are as many, the partition is paused.</summary>
    public int Capacity { get; init; } = 16_384;

    /// <summary>The most bytes of one partition that wait for the pipeline, at least 1; default 4 MiB. A message that is larger waits alone.</summary>
    public int CapacityBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most bytes of one partition that the client fetches ahead, besides those that wait, in units of 1,024 bytes; default 16 MiB.</summary>
    public int PrefetchBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>The largest message that can be expected, in bytes; default 1 MiB. A larger one is fetched all the same, but slowly.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Whether records of transactions that are open or were aborted are read too; default false.</summary>
    public bool ReadsUncommitted { get; init; }

    /// <summary>Whether the headers of messages become headers of records; default true. Without, reading costs less.</summary>
    public bool ReadsHeaders { get; init; } = true;

    /// <summary>How often topics and partitions are looked for that were not there before; default a minute.</summary>
    public TimeSpan DiscoveryInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Within which time a lag is to be gone, besides keeping up with what arrives; default 5 minutes. The metric <c>iotstream.kafka.recommended_parallelism</c> is computed by it; nothing else depends on it.
    /// </summary>
    public TimeSpan LagTarget { get; init; } = TimeSpan.FromMinutes(5);

    internal void Validate()
    {
        KafkaCluster.Check(Start is not null, nameof(Start), "cannot be null");
        KafkaCluster.Check(End is not null, nameof(End), "cannot be null");
        KafkaCluster.Check(Capacity >= 1, nameof(Capacity), "has to be at least 1");
        KafkaCluster.Check(CapacityBytes >= 1, nameof(CapacityBytes), "has to be at least 1");
        KafkaCluster.Check(PrefetchBytes >= 1024, nameof(PrefetchBytes), "has to be at least 1,024");
        KafkaCluster.Check(MaxMessageBytes >= 1024, nameof(MaxMessageBytes), "has to be at least 1,024");
        KafkaCluster.Check(DiscoveryInterval >= TimeSpan.FromMilliseconds(10), nameof(DiscoveryInterval), "has to be at least 10 milliseconds");
        KafkaCluster.Check(LagTarget > TimeSpan.Zero, nameof(LagTarget), "has to be positive");
        KafkaCluster.Check(!Start!.NeedsGroup || Group is not null, nameof(Start), "behind committed offsets needs a Group");
        KafkaCluster.Check(!End!.IsBounded || Group?.SharesPartitions != true, nameof(End), "needs a source that reads all partitions: what other members read has an end of its own");
        Group?.Validate();
    }
}
