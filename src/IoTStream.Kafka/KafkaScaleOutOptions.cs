using System.Diagnostics.Metrics;
using IoTStream.Connectors;
using IoTStream.Runtime;

namespace IoTStream.Kafka;

/// <summary>How a topology runs that is scaled out over processes by Kafka. All processes of an application have to agree in what is said to be the same.</summary>
/// <remarks>Immutable and thread-safe. Checked when the application is started.</remarks>
public sealed record KafkaScaleOutOptions
{
    // What shards send to one another is cut at 256 KiB, behind a record; and clients refuse answers of more than 100 MB.
    private const int LeastMessageBytes = 512 * 1024;
    private const int MostMessageBytes = 64 * 1024 * 1024;

    /// <summary>Describes how an application runs.</summary>
    /// <param name="cluster">The cluster that has its topics: those of its sources and sinks, and its own.</param>
    public KafkaScaleOutOptions(KafkaCluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        Cluster = cluster;
    }

    /// <summary>The cluster that has the topics of the application: those of its sources and sinks, and its own.</summary>
    public KafkaCluster Cluster { get; }

    /// <summary>
    /// The name of the application, which is that of its consumer group and what the names of its topics and transactional identifiers begin with: letters, digits, dots, underscores and hyphens, the same in
    /// all processes. By default the name of the topology.
    /// </summary>
    public string? ApplicationId { get; init; }

    /// <summary>
    /// Into how many parts the work is divided, which is the most processes that can have some: 1 to 128, by default 8. The same in all processes, and for as long as the application keeps state. Each shard has
    /// a thread and connections of its own in the process that runs it, so one or two for each core that there will be at most are enough.
    /// </summary>
    public int Shards { get; init; } = 8;

    /// <summary>The replicas that the application's own topics are created with; by default as many as the brokers are set to.</summary>
    public short? TopicReplicas { get; init; }

    /// <summary>
    /// How often results, positions and state are committed; 1 millisecond to 1 hour, by default 1 second. What goes from one shard to another becomes visible with it, so that a result takes about as many
    /// intervals as there are exchanges before it, and one more.
    /// </summary>
    public TimeSpan EpochInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The most records that are passed between steps at once; 1 to 65,536, by default 1,024.</summary>
    public int BatchSize { get; init; } = 1024;

    /// <summary>After what silence a process is taken for dead, and its shards are run by others; at most an hour, by default 45 seconds.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// A name of this process that no other of the application has, such as that of a pod which keeps it: a process that is started again under it within the session time-out gets back the shards that it had,
    /// without the others being asked (KIP-345). One that stops for good keeps its shards until that time is over. By default processes have no names of their own.
    /// </summary>
    public string? InstanceId { get; init; }

    /// <summary>How long a shard that is to move may take to finish what it has begun; default 10 seconds. Then it is broken off, and the next process does the last epoch again.</summary>
    public TimeSpan HandOverTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After what time brokers abort the transaction of a process that has died; default a minute.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The largest entry of state, and the largest message to a topic of the application; 512 KiB to 64 MiB, by default 1 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// The names of <c>KeyBy</c> steps whose input is partitioned by the same key already: all records of a key are in one partition, in those of the same number if there are several topics. These need no topic between. The same in all processes; by default none.
    /// </summary>
    public IReadOnlyCollection<string> PartitionedBy { get; init; } = [];

    /// <summary>
    /// What sinks have to hold. <see cref="Delivery.ExactlyOnce"/>, which is the default: all are sinks of Kafka, which take part in the transactions. With <see cref="Delivery.AtLeastOnce"/> others are allowed, and
    /// all are given their records at once.
    /// </summary>
    public Delivery Delivery { get; init; } = Delivery.ExactlyOnce;

    /// <summary>What a shard does that fails: it goes on from its last epoch. When it has failed too often the application fails. By default as <see cref="RestartPolicy"/> says.</summary>
    public RestartPolicy Restart { get; init; } = new();

    /// <summary>
    /// Steps whose state is given up: those that the topology has no more, and those that are to begin anew, as in <see cref="JobOptions.DropState"/>. Each shard does it once.
    /// </summary>
    public IReadOnlyCollection<string> DropState { get; init; } = [];

    /// <summary>What other processes are told when they ask who has a key: an address under which this one answers, in whatever way. By default none.</summary>
    public string? Address { get; init; }

    /// <summary>The clock of processing time; by default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Creates the meters of shards; by default one that each owns.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    internal void Validate()
    {
        Cluster.Validate(Connectors.ProducerFactory.Reserved);
        Cluster.Validate(Connectors.ConsumerFactory.Reserved);
        KafkaCluster.Check(ApplicationId is null || ApplicationId.Length is > 0 and <= 100 && ApplicationId.All(IsTopicLetter), nameof(ApplicationId), "has to be 1 to 100 letters, digits, dots, underscores and hyphens");
        KafkaCluster.Check(Shards is >= 1 and <= State.KeyGroups.Count, nameof(Shards), $"has to be 1 to {State.KeyGroups.Count}");
        KafkaCluster.Check(TopicReplicas is null or >= 1, nameof(TopicReplicas), "has to be at least 1");
        KafkaCluster.Check(EpochInterval >= TimeSpan.FromMilliseconds(1) && EpochInterval <= TimeSpan.FromHours(1), nameof(EpochInterval), "has to be 1 millisecond to 1 hour");
        KafkaCluster.Check(BatchSize is >= 1 and <= 65_536, nameof(BatchSize), "has to be 1 to 65,536");
        KafkaCluster.Check(SessionTimeout >= TimeSpan.FromMilliseconds(1) && SessionTimeout <= TimeSpan.FromHours(1), nameof(SessionTimeout), "has to be 1 millisecond to 1 hour");
        KafkaCluster.Check(InstanceId is null || InstanceId.Length > 0, nameof(InstanceId), "cannot be empty");
        KafkaCluster.Check(HandOverTimeout >= TimeSpan.Zero && HandOverTimeout <= TimeSpan.FromMinutes(4), nameof(HandOverTimeout), "has to be zero to 4 minutes");
        KafkaCluster.Check(TransactionTimeout >= TimeSpan.FromSeconds(1), nameof(TransactionTimeout), "has to be at least a second");
        KafkaCluster.Check(MaxMessageBytes is >= LeastMessageBytes and <= MostMessageBytes, nameof(MaxMessageBytes), "has to be 524,288 to 67,108,864 (512 KiB to 64 MiB): shards send each other messages of more than 256 KiB");
        KafkaCluster.Check(PartitionedBy is not null, nameof(PartitionedBy), "cannot be null");
        KafkaCluster.Check(DropState is not null, nameof(DropState), "cannot be null");
        KafkaCluster.Check(Delivery is Delivery.ExactlyOnce or Delivery.AtLeastOnce, nameof(Delivery), "is exactly once or at least once");
        KafkaCluster.Check(TimeProvider is not null, nameof(TimeProvider), "cannot be null");
        KafkaCluster.Check(Restart is not null, nameof(Restart), "cannot be null");
        RestartPolicy.Validate(Restart!);
    }

    internal static bool IsTopicLetter(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-';
}
