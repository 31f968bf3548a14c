using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IoTStream.Kafka.Connectors;
using IoTStream.Plan;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>The topics that an application has for itself.</summary>
internal sealed class InternalTopics
{
    private const int LongestName = 249;
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    private readonly KafkaScaleOutOptions _options;
    private readonly Dictionary<string, string> _exchanges = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Names cannot be made for them.</exception>
    public InternalTopics(Topology topology, KafkaScaleOutOptions options)
    {
        _options = options;
        string? id = options.ApplicationId;
        if (id is null && !topology.Name.All(KafkaScaleOutOptions.IsTopicLetter))
        {
            throw new ArgumentException(
                $"The topology is named '{topology.Name}', which cannot be part of the name of a topic: set KafkaScaleOutOptions.ApplicationId to one of letters, digits, dots, underscores and hyphens.", nameof(options));
        }

        ApplicationId = id ?? topology.Name;
        if (options.PartitionedBy.FirstOrDefault(step => !topology.ShardExchanges.Contains(step, StringComparer.Ordinal)) is { } unknown)
        {
            throw new ArgumentException($"KafkaScaleOutOptions.PartitionedBy names '{unknown}', which is no KeyBy of the topology. There are: {string.Join(", ", topology.ShardExchanges)}.", nameof(options));
        }

        foreach (string step in topology.ShardExchanges.Where(step => !options.PartitionedBy.Contains(step)))
        {
            string name = $"{Prefix(ApplicationId)}{Letters(step)}-repartition";
            if (name.Length > LongestName || _exchanges.ContainsValue(name))
            {
                throw new ArgumentException($"The step '{step}' would have the topic '{name}', which is too long or that of another step: give it another name.", nameof(options));
            }

            _exchanges.Add(step, name);
        }
    }

    public string ApplicationId { get; }

    /// <summary>Nothing is in it: who is assigned a partition of it runs the shard of that number.</summary>
    public string Shards => $"{Prefix(ApplicationId)}shards";

    /// <summary>The state of the shards, each in the partition of its number.</summary>
    public string Changelog => $"{Prefix(ApplicationId)}changelog";

    /// <summary>The addresses of those who run the shards.</summary>
    public string Owners => $"{Prefix(ApplicationId)}owners";

    /// <summary>What all topics of an application begin with.</summary>
    public static string Prefix(string applicationId) => $"{applicationId}-iotstream-";

    /// <summary>Whether records go through a topic before a step.</summary>
    public bool IsExchange(string step) => _exchanges.ContainsKey(step);

    /// <summary>The topic through which records go to the shards that own them, before a step.</summary>
    public string Repartition(string step) => _exchanges[step];

    /// <summary>Finds the topics, or creates those that are missing.</summary>
    /// <exception cref="KafkaException">That could not be done, or one has another number of partitions.</exception>
    public Task EnsureAsync(CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => Ensure(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    private static string Letters(string step)
    {
        var name = new StringBuilder(step.Length);
        foreach (char letter in step)
        {
            name.Append(KafkaScaleOutOptions.IsTopicLetter(letter) ? letter : '_');
        }

        return name.ToString();
    }

    private async Task Ensure(CancellationToken cancellationToken)
    {
        var log = new ClientLog();
        using IAdminClient admin = ClientFactory.CreateAdmin(_options.Cluster, log);
        List<TopicSpecification> wanted = [Topic(Shards, _options.Shards), Compacted(Changelog, _options.Shards), Compacted(Owners, 1), .. _exchanges.Values.Select(name => Topic(name, _options.Shards))];
        try
        {
            // Of all topics: one that is asked for by its name might be created by that, with settings of its own.
            List<TopicMetadata> found = admin.GetMetadata(_options.Cluster.OpenTimeout).Topics;
            List<TopicSpecification> missing = [.. wanted.Where(topic => !found.Exists(known => known.Topic == topic.Name))];
            if (missing.Count > 0 && !await CreateAsync(admin, missing, cancellationToken).ConfigureAwait(false))
            {
                found = admin.GetMetadata(_options.Cluster.OpenTimeout).Topics;
            }

            CheckPartitions(wanted, found);
            await CheckSettingsAsync(admin, wanted.FindAll(topic => topic.Name != Shards && found.Exists(known => known.Topic == topic.Name)), cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaException exception)
        {
            throw new KafkaException(
                new Error(exception.Error.Code, $"The application '{ApplicationId}' could not make sure of its topics at {_options.Cluster.BootstrapServers}: {exception.Error.Reason}.{log.Last}"), exception);
        }
    }

    private static void CheckPartitions(IEnumerable<TopicSpecification> wanted, List<TopicMetadata> found)
    {
        foreach (TopicSpecification topic in wanted)
        {
            if (found.Find(known => known.Topic == topic.Name) is { Partitions.Count: var count } && count != topic.NumPartitions)
            {
                throw new KafkaException(new Error(
                    ErrorCode.InvalidPartitions,
                    $"the topic '{topic.Name}' has {count} partitions, not {topic.NumPartitions}: KafkaScaleOutOptions.Shards stays what it was when the application began, unless it is reset"));
            }
        }
    }

    /// <summary>Topics that somebody else has created may forget what is needed.</summary>
    private static async Task CheckSettingsAsync(IAdminClient admin, List<TopicSpecification> found, CancellationToken cancellationToken)
    {
        if (found.Count == 0)
        {
            return;
        }

        List<DescribeConfigsResult> described;
        try
        {
            described = await admin.DescribeConfigsAsync(
                found.Select(static topic => new ConfigResource { Type = ResourceType.Topic, Name = topic.Name }), new DescribeConfigsOptions { RequestTimeout = CheckTimeout })
                .WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaException)
        {
            // Not everybody may see them.
            return;
        }

        foreach (TopicSpecification topic in found)
        {
            Dictionary<string, ConfigEntryResult> settings = described.Find(result => result.ConfigResource.Name == topic.Name)!.Entries;
            foreach ((string name, string wanted) in topic.Configs.Where(static setting => setting.Key != "max.message.bytes"))
            {
                if (settings.TryGetValue(name, out ConfigEntryResult? entry) && entry.Value is { } value && value != wanted)
                {
                    throw new KafkaException(new Error(
                        ErrorCode.PolicyViolation, $"the topic '{topic.Name}' has {name}={value} and would forget what is still needed. Set it to {wanted}"));
                }
            }
        }
    }

    /// <returns>Whether it created them all: another process may have been faster, with other options.</returns>
    private async Task<bool> CreateAsync(IAdminClient admin, List<TopicSpecification> missing, CancellationToken cancellationToken)
    {
        try
        {
            await admin.CreateTopicsAsync(missing, new CreateTopicsOptions { RequestTimeout = _options.Cluster.OpenTimeout, OperationTimeout = _options.Cluster.OpenTimeout })
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (CreateTopicsException exception)
        {
            if (exception.Results.Find(static result => result.Error.IsError && result.Error.Code != ErrorCode.TopicAlreadyExists) is { } failed)
            {
                throw new KafkaException(new Error(failed.Error.Code, $"topic '{failed.Topic}': {failed.Error.Reason}"), exception);
            }

            return false;
        }
    }

    /// <summary>What is in it is needed until the receiving shard has committed that it has taken it, which then has it deleted.</summary>
    private TopicSpecification Topic(string name, int partitions) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = _options.TopicReplicas ?? -1,
        Configs = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["cleanup.policy"] = "delete",
            ["retention.ms"] = "-1",
            ["retention.bytes"] = "-1",
            ["max.message.bytes"] = MaxBytes,
        },
    };

    private TopicSpecification Compacted(string name, int partitions) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = _options.TopicReplicas ?? -1,
        Configs = new Dictionary<string, string>(StringComparer.Ordinal) { ["cleanup.policy"] = "compact", ["max.message.bytes"] = MaxBytes },
    };

    private string MaxBytes => (_options.MaxMessageBytes + 1024).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
