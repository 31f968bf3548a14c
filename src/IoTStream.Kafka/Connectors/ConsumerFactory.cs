using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Makes the consumer of a source.</summary>
internal sealed class ConsumerFactory(KafkaCluster cluster, TopicSelection topics, KafkaSourceOptions options)
{
    /// <summary>Settings that the guarantees of the source rest on.</summary>
    public static readonly IReadOnlyCollection<string> Reserved = new HashSet<string>(StringComparer.Ordinal)
    {
        "bootstrap.servers", "group.id", "group.protocol", "group.instance.id", "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset",
        "partition.assignment.strategy", "enable.partition.eof", "isolation.level",
    };

    public IConsumer<RetainedBytes, RetainedBytes> Create(SourcePlace place, ClientLog log, IRebalanceListener? listener)
    {
        var config = new ConsumerConfig
        {
            // The client wants one in any case; nothing is committed to it.
            GroupId = options.Group?.Id ?? $"iotstream-{place.Topology}-{place.Step}",
            EnableAutoCommit = options.Group is not null,
            AutoCommitIntervalMs = (int)(options.Group?.CommitInterval ?? TimeSpan.FromSeconds(5)).TotalMilliseconds,

            // What the pipeline has taken over is stored, and then committed by the client in its own time.
            EnableAutoOffsetStore = false,

            // A position that means nothing any more is an error, and not a beginning anew.
            AutoOffsetReset = AutoOffsetReset.Error,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            SessionTimeoutMs = (int)(options.Group?.SessionTimeout ?? TimeSpan.FromSeconds(45)).TotalMilliseconds,
            GroupInstanceId = options.Group?.InstanceId,
            EnablePartitionEof = options.End.IsBounded,

            // The end is told when a broker answers that there is no more.
            FetchWaitMaxMs = options.End.IsBounded ? 50 : 500,
            IsolationLevel = options.ReadsUncommitted ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted,

            // By default a full queue is left alone for a second, in which a fast pipeline has long emptied it.
            FetchQueueBackoffMs = 20,
            QueuedMaxMessagesKbytes = options.PrefetchBytes / 1024,
            MaxPartitionFetchBytes = options.MaxMessageBytes,
            TopicMetadataRefreshIntervalMs = (int)options.DiscoveryInterval.TotalMilliseconds,
            MetadataMaxAgeMs = (int)Math.Max(options.DiscoveryInterval.TotalMilliseconds * 3, 900_000),

            // A topic's name need not be made a string for each message if it is known.
            ConsumeResultFields = $"timestamp{(options.ReadsHeaders ? ",headers" : "")}{(topics.Only is null ? ",topic" : "")}",
        };
        config.HeartbeatIntervalMs = Math.Min(3000, Math.Max(1, config.SessionTimeoutMs.Value / 3));
        cluster.Configure(config);
        var builder = new ConsumerBuilder<RetainedBytes, RetainedBytes>(config);
        builder.SetKeyDeserializer(new RetainedBytes()).SetValueDeserializer(new RetainedBytes());
        builder.SetErrorHandler((_, error) => log.Note(error)).SetLogHandler((_, message) => log.Note(message));
        if (TokenRefresh.Of(cluster) is { } refresh)
        {
            builder.SetOAuthBearerTokenRefreshHandler(refresh);
        }

        if (listener is not null)
        {
            builder.SetPartitionsAssignedHandler((_, partitions) => listener.OnAssigned(partitions));
            builder.SetPartitionsRevokedHandler((_, partitions) => listener.OnRevoked(partitions));
            builder.SetPartitionsLostHandler((_, partitions) => listener.OnLost(partitions));
        }

        return builder.Build();
    }
}
