using System.Text.RegularExpressions;
using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>The topics that a source reads: names, and patterns that begin with '^', as the client has them.</summary>
internal sealed class TopicSelection
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);
    private readonly List<Regex> _patterns = [];
    private readonly List<string> _names = [];

    /// <exception cref="ArgumentException">There are none, or one is empty or no pattern.</exception>
    public TopicSelection(IReadOnlyList<string> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        KafkaCluster.Check(topics.Count > 0, nameof(topics), "need at least one");
        foreach (string topic in topics)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(topic, nameof(topics));
            if (topic[0] == '^')
            {
                _patterns.Add(new Regex(topic, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, LongestMatch));
            }
            else
            {
                _names.Add(topic);
            }
        }

        Topics = [.. topics];
    }

    /// <summary>All as they were given.</summary>
    public IReadOnlyList<string> Topics { get; }

    /// <summary>The topic, if there can be only one.</summary>
    public string? Only => _patterns.Count == 0 && _names.Count == 1 ? _names[0] : null;

    /// <summary>Asks the cluster what partitions there are.</summary>
    /// <returns>The partitions in the order of their topics' names and their numbers.</returns>
    /// <exception cref="KafkaException">The cluster did not answer, or a topic is not there.</exception>
    public List<KafkaPartition> Discover(IAdminClient admin, TimeSpan timeout)
    {
        List<TopicMetadata> topics = [];
        if (_patterns.Count > 0)
        {
            topics.AddRange(admin.GetMetadata(timeout).Topics.Where(topic => _names.Contains(topic.Topic) || _patterns.Exists(pattern => pattern.IsMatch(topic.Topic))));
        }

        foreach (string name in _names.Where(name => !topics.Exists(topic => topic.Topic == name)))
        {
            topics.AddRange(admin.GetMetadata(name, timeout).Topics);
        }

        if (topics.Find(static topic => topic.Error.IsError) is { } missing)
        {
            throw new KafkaException(new Error(missing.Error.Code, $"topic '{missing.Topic}': {missing.Error.Reason}"));
        }

        return [.. topics
            .SelectMany(static topic => topic.Partitions.Select(partition => new KafkaPartition(topic.Topic, partition.PartitionId)))
            .Distinct()
            .OrderBy(static partition => partition.Topic, StringComparer.Ordinal)
            .ThenBy(static partition => partition.Number)];
    }
}
