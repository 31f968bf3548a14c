using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>
/// The numbers of the epochs that are committed: messages of a compacted topic, produced in the transactions of the epochs. Offsets committed in a transaction would hold a number too, but
/// brokers forget those of a group that is silent for a week.
/// </summary>
internal sealed class EpochNumbers(KafkaCluster cluster, KafkaSinkOptions options, SinkContext context, ClientLog log)
{
    /// <summary>All numbers are in the first partition: keys would change places if the topic got more.</summary>
    public const int Partition = 0;

    // The last number of a sink is near the end of the topic, as a rule; if not, more and more is read.
    private const long FirstSpan = 2000;
    private const long Growth = 8;
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Call = TimeSpan.FromMilliseconds(200);

    private TopicPartition Place => new(options.EpochTopic, Partition);

    /// <summary>Creates the topic if it is missing.</summary>
    /// <exception cref="KafkaException">It cannot be created, or is not compacted.</exception>
    public async Task EnsureTopicAsync(CancellationToken cancellationToken)
    {
        using IAdminClient admin = CreateAdmin();
        if (await ExistsAsync(admin, cancellationToken).ConfigureAwait(false))
        {
            await CheckAsync(admin, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            var topic = new TopicSpecification
            {
                Name = options.EpochTopic,
                NumPartitions = 1,
                ReplicationFactor = options.EpochTopicReplicas ?? -1,
                Configs = new Dictionary<string, string>(StringComparer.Ordinal) { ["cleanup.policy"] = "compact", ["segment.ms"] = "3600000" },
            };
            await admin.CreateTopicsAsync([topic], new CreateTopicsOptions { RequestTimeout = cluster.OpenTimeout }).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (CreateTopicsException exception) when (exception.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            // Another sink was faster.
        }
        catch (KafkaException exception)
        {
            throw Failure($"cannot create the topic '{options.EpochTopic}'. Create it, with one partition and cleanup.policy=compact", exception);
        }
    }

    /// <summary>Finds the last number of a key. What an open transaction of another sink may hide is waited for.</summary>
    public async Task<long> FindLastAsync(string key, CancellationToken cancellationToken)
    {
        using IAdminClient admin = CreateAdmin();
        long first = await OffsetAsync(admin, OffsetSpec.Earliest(), cancellationToken).ConfigureAwait(false);
        long end = await OffsetAsync(admin, OffsetSpec.Latest(), cancellationToken).ConfigureAwait(false);
        long? last = null;
        for (long span = FirstSpan; last is null; span *= Growth)
        {
            long start = Math.Max(first, end - span);
            last = await Task.Factory.StartNew(() => Find(key, start, end, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            if (start == first)
            {
                break;
            }
        }

        return last ?? 0;
    }

    private long? Find(string key, long start, long end, CancellationToken cancellationToken)
    {
        if (start >= end)
        {
            return null;
        }

        long? last = null;
        byte[] wanted = Encoding.UTF8.GetBytes(key);
        using IConsumer<byte[]?, byte[]?> consumer = CreateConsumer();
        consumer.Assign(new TopicPartitionOffset(Place, new Offset(start)));
        long begin = context.TimeProvider.GetTimestamp();
        TimeSpan longest = cluster.OpenTimeout + options.TransactionTimeout;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ConsumeResult<byte[]?, byte[]?>? result = Consume(consumer);
            if (result is { IsPartitionEOF: false } && result.Message.Key.AsSpan().SequenceEqual(wanted) && result.Message.Value is { } value)
            {
                last = long.Parse(value, CultureInfo.InvariantCulture);
            }

            // The last offset is that of a transaction's end, of which only the end of the partition tells.
            if (result is not null && (result.IsPartitionEOF ? result.Offset.Value >= end : result.Offset.Value >= end - 1))
            {
                return last;
            }

            if (context.TimeProvider.GetElapsedTime(begin) > longest)
            {
                throw Failure(
                    $"could not read the topic '{options.EpochTopic}' to its end within {longest}. Another sink's transaction may be open for longer: give sinks whose transactions are long a topic of their own",
                    new KafkaException(ErrorCode.Local_TimedOut));
            }
        }
    }

    private ConsumeResult<byte[]?, byte[]?>? Consume(IConsumer<byte[]?, byte[]?> consumer)
    {
        try
        {
            return consumer.Consume(Call);
        }
        catch (ConsumeException exception) when (ConsumeFailure.IsPassing(exception.Error))
        {
            return null;
        }
        catch (ConsumeException exception)
        {
            throw Failure($"cannot read the topic '{options.EpochTopic}'", exception);
        }
    }

    private async Task<bool> ExistsAsync(IAdminClient admin, CancellationToken cancellationToken)
    {
        try
        {
            // Of all topics: one that is asked for by its name might be created by that, with settings of its own.
            Metadata metadata = await Task.Factory.StartNew(
                () => admin.GetMetadata(cluster.OpenTimeout), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            return metadata.Topics.Exists(topic => topic.Topic == options.EpochTopic);
        }
        catch (KafkaException exception)
        {
            throw Failure($"could not reach the cluster within {cluster.OpenTimeout}", exception);
        }
    }

    /// <summary>A topic that deletes what is old forgets the numbers.</summary>
    private async Task CheckAsync(IAdminClient admin, CancellationToken cancellationToken)
    {
        string? policy;
        try
        {
            List<DescribeConfigsResult> configs = await admin.DescribeConfigsAsync(
                [new ConfigResource { Type = ResourceType.Topic, Name = options.EpochTopic }], new DescribeConfigsOptions { RequestTimeout = CheckTimeout })
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            policy = configs[0].Entries.TryGetValue("cleanup.policy", out ConfigEntryResult? entry) ? entry.Value : null;
        }
        catch (KafkaException)
        {
            // Not everybody may see it.
            return;
        }

        if (policy is not (null or "compact"))
        {
            throw Failure($"keeps numbers of epochs in the topic '{options.EpochTopic}', which has cleanup.policy={policy} and would forget them. Set it to compact", new KafkaException(ErrorCode.PolicyViolation));
        }
    }

    private async Task<long> OffsetAsync(IAdminClient admin, OffsetSpec spec, CancellationToken cancellationToken)
    {
        long start = context.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                ListOffsetsResult result = await admin.ListOffsetsAsync(
                    [new TopicPartitionOffsetSpec { TopicPartition = Place, OffsetSpec = spec }],
                    new ListOffsetsOptions { RequestTimeout = cluster.OpenTimeout, IsolationLevel = IsolationLevel.ReadUncommitted }).WaitAsync(cancellationToken).ConfigureAwait(false);
                return result.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
            }
            catch (KafkaException) when (context.TimeProvider.GetElapsedTime(start) < cluster.OpenTimeout)
            {
                // A topic that was just created is not known to every broker at once.
                await Task.Delay(Call, context.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (KafkaException exception)
            {
                throw Failure($"could not find out how long the topic '{options.EpochTopic}' is", exception);
            }
        }
    }

    private IAdminClient CreateAdmin()
    {
        var config = new AdminClientConfig();
        cluster.Configure(config);
        AdminClientBuilder builder = new AdminClientBuilder(config).SetErrorHandler((_, error) => log.Note(error)).SetLogHandler((_, message) => log.Note(message));
        return (TokenRefresh.Of(cluster) is { } refresh ? builder.SetOAuthBearerTokenRefreshHandler(refresh) : builder).Build();
    }

    private IConsumer<byte[]?, byte[]?> CreateConsumer()
    {
        var config = new ConsumerConfig
        {
            GroupId = options.TransactionalIdPrefix,
            EnableAutoCommit = false,
            EnablePartitionEof = true,

            // The end is told when a broker answers that there is no more.
            FetchWaitMaxMs = 20,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        cluster.Configure(config);
        ConsumerBuilder<byte[]?, byte[]?> builder = new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetKeyDeserializer(Deserializers.ByteArray!).SetValueDeserializer(Deserializers.ByteArray!)
            .SetErrorHandler((_, error) => log.Note(error)).SetLogHandler((_, message) => log.Note(message));
        return (TokenRefresh.Of(cluster) is { } refresh ? builder.SetOAuthBearerTokenRefreshHandler(refresh) : builder).Build();
    }

    private KafkaException Failure(string what, KafkaException exception) => new(
        new Error(exception.Error.Code, $"The sink '{context.Step}' {what}: {exception.Error.Reason} ({exception.Error.Code}).{log.Last}"), exception);
}
