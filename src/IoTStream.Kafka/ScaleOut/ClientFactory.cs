using Confluent.Kafka;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>Makes the clients of an application that are neither of a source nor of a sink.</summary>
internal static class ClientFactory
{
    public static IAdminClient CreateAdmin(KafkaCluster cluster, ClientLog log)
    {
        var config = new AdminClientConfig();
        cluster.Configure(config);
        AdminClientBuilder builder = new AdminClientBuilder(config).SetErrorHandler((_, error) => log.Note(error)).SetLogHandler((_, message) => log.Note(message));
        return (TokenRefresh.Of(cluster) is { } refresh ? builder.SetOAuthBearerTokenRefreshHandler(refresh) : builder).Build();
    }

    /// <summary>A consumer of what is committed, which is told what to read.</summary>
    /// <param name="cluster">Where it is.</param>
    /// <param name="group">The group that the client wants to be told; nothing is committed to it.</param>
    /// <param name="log">What it meets.</param>
    /// <param name="reset">What it does where it is told to go on with an offset that the partition does not have.</param>
    public static IConsumer<byte[]?, byte[]?> CreateReader(KafkaCluster cluster, string group, ClientLog log, AutoOffsetReset reset = AutoOffsetReset.Earliest)
    {
        ConsumerConfig config = Common(group);
        config.AutoOffsetReset = reset;
        config.EnablePartitionEof = true;
        config.FetchWaitMaxMs = 100;
        cluster.Configure(config);
        return Builder(cluster, config, log).Build();
    }

    /// <summary>A member of a group.</summary>
    public static IConsumer<byte[]?, byte[]?> CreateMember(KafkaScaleOutOptions options, string group, ClientLog log, IRebalanceListener listener)
    {
        KafkaCluster cluster = options.Cluster;
        ConsumerConfig config = Common(group);
        config.GroupInstanceId = options.InstanceId;
        config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        config.SessionTimeoutMs = (int)options.SessionTimeout.TotalMilliseconds;

        // It is also how long a rebalance waits for those that do not answer. All that is done between two polls is to give shards up.
        config.MaxPollIntervalMs = (int)Math.Max(options.SessionTimeout.TotalMilliseconds, (2 * options.HandOverTimeout.TotalMilliseconds) + 10_000);
        config.HeartbeatIntervalMs = Math.Min(3000, Math.Max(1, config.SessionTimeoutMs.Value / 3));
        cluster.Configure(config);
        return Builder(cluster, config, log)
            .SetPartitionsAssignedHandler((_, partitions) => listener.OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => listener.OnRevoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => listener.OnLost(partitions))
            .Build();
    }

    private static ConsumerConfig Common(string group) => new()
    {
        GroupId = group,
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        IsolationLevel = IsolationLevel.ReadCommitted,
        FetchQueueBackoffMs = 20,
        QueuedMaxMessagesKbytes = 16 * 1024,
        AllowAutoCreateTopics = false,
    };

    private static ConsumerBuilder<byte[]?, byte[]?> Builder(KafkaCluster cluster, ConsumerConfig config, ClientLog log)
    {
        ConsumerBuilder<byte[]?, byte[]?> builder = new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetKeyDeserializer(Deserializers.ByteArray!).SetValueDeserializer(Deserializers.ByteArray!)
            .SetErrorHandler((_, error) => log.Note(error)).SetLogHandler((_, message) => log.Note(message));
        return TokenRefresh.Of(cluster) is { } refresh ? builder.SetOAuthBearerTokenRefreshHandler(refresh) : builder;
    }
}
