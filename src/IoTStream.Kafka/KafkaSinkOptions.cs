using IoTStream.Connectors;

namespace IoTStream.Kafka;

/// <summary>How <see cref="KafkaSink"/> produces.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record KafkaSinkOptions
{
    /// <summary>
    /// What holds in a job with an epoch log. <see cref="Delivery.ExactlyOnce"/>, which is the default: the messages of an epoch are one transaction, and readers that read only what is committed see each of them once.
    /// <see cref="Delivery.AtLeastOnce"/>: messages are produced at once, and again after a failure. Without an epoch log messages are produced at once.
    /// </summary>
    public Delivery Delivery { get; init; } = Delivery.ExactlyOnce;

    /// <summary>How messages are compressed; default <see cref="KafkaCompression.Lz4"/>.</summary>
    public KafkaCompression Compression { get; init; } = KafkaCompression.Lz4;

    /// <summary>How long a message waits for others that go with it; default 5 milliseconds.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The most bytes of messages that go together to a partition; default 1 MiB.</summary>
    public int BatchBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// The largest message, in bytes; default 1 MiB. Brokers have a limit of their own (<c>message.max.bytes</c>, and <c>max.message.bytes</c> of the topic), which this one does not raise.
    /// </summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>The most bytes of messages that wait for brokers, in units of 1,024; default 64 MiB. When there are as many, the pipeline is held back.</summary>
    public int BufferBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// How long a message may take to be delivered, repetitions included; default 2 minutes. Then the job fails. With transactions it is at most <see cref="TransactionTimeout"/>.
    /// </summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// After what time brokers abort a transaction of which they hear nothing, so that it no longer holds back readers; default a minute. Brokers have a greatest value (<c>transaction.max.timeout.ms</c>, a quarter of an hour
    /// unless set otherwise).
    /// </summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long an epoch is tried, again and again if its transaction is aborted; default 2 minutes. Then the job fails, and restarts as its <c>RestartPolicy</c> says, which ends somewhere too. What is in the epoch log
    /// is not lost by that.
    /// </summary>
    public TimeSpan ApplyTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The topic, of one partition and compacted, in which the number of each epoch is produced in the transaction of its messages; default <c>iotstream-epochs</c>. Created if it is missing. All sinks of a cluster can
    /// share it.
    /// </summary>
    public string EpochTopic { get; init; } = "iotstream-epochs";

    /// <summary>How many replicas <see cref="EpochTopic"/> is created with; by default as many as the brokers are set to.</summary>
    public short? EpochTopicReplicas { get; init; }

    /// <summary>
    /// What the sink's transactional identifier begins with, for access rules by prefix; default <c>iotstream</c>. The rest tells the epoch log, the topology and the step, so that a writer which comes back after another
    /// has taken its place is refused by the brokers.
    /// </summary>
    public string TransactionalIdPrefix { get; init; } = "iotstream";

    internal void Validate()
    {
        KafkaCluster.Check(Delivery is Delivery.ExactlyOnce or Delivery.AtLeastOnce, nameof(Delivery), "is exactly once or at least once");
        KafkaCluster.Check(Linger >= TimeSpan.Zero, nameof(Linger), "cannot be negative");
        KafkaCluster.Check(BatchBytes >= 1, nameof(BatchBytes), "has to be at least 1");
        KafkaCluster.Check(MaxMessageBytes is >= 1024 and <= 1_000_000_000, nameof(MaxMessageBytes), "has to be 1,024 to 1,000,000,000");
        KafkaCluster.Check(BufferBytes >= 1024, nameof(BufferBytes), "has to be at least 1,024");
        KafkaCluster.Check(DeliveryTimeout >= TimeSpan.FromMilliseconds(1), nameof(DeliveryTimeout), "has to be at least a millisecond");
        KafkaCluster.Check(TransactionTimeout >= TimeSpan.FromSeconds(1), nameof(TransactionTimeout), "has to be at least a second");
        KafkaCluster.Check(ApplyTimeout > TimeSpan.Zero, nameof(ApplyTimeout), "has to be positive");
        KafkaCluster.Check(!string.IsNullOrWhiteSpace(EpochTopic), nameof(EpochTopic), "cannot be empty");
        KafkaCluster.Check(!string.IsNullOrWhiteSpace(TransactionalIdPrefix), nameof(TransactionalIdPrefix), "cannot be empty");
        KafkaCluster.Check(EpochTopicReplicas is null or >= 1, nameof(EpochTopicReplicas), "has to be at least 1");
    }
}
