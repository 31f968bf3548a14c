using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>The partitions of a source, by topic or by a level of it. Thread-safe.</summary>
internal sealed class TopicPartitions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SourcePartition> _known = new(StringComparer.Ordinal);
    private readonly MqttPartitions _by;
    private readonly string _step;
    private readonly SourcePartition _shared;
    private SourcePartition[] _all;

    /// <param name="by">What they are divided by.</param>
    /// <param name="step">The name of the source step.</param>
    /// <param name="filters">What is subscribed to, which names the one that all share, or the rest.</param>
    public TopicPartitions(MqttPartitions by, string step, IEnumerable<string> filters)
    {
        _by = by;
        _step = step;

        // Event time does not wait for the rest as long as there is none.
        _shared = new SourcePartition(step, 0, string.Join(", ", filters)) { IsAwaited = by.IsOne };
        _all = [_shared];
    }

    /// <summary>The one whose name the position of the source is stored by.</summary>
    public SourcePartition First => _shared;

    /// <summary>Those that there are by now.</summary>
    public IReadOnlyList<SourcePartition> All => Volatile.Read(ref _all);

    /// <summary>The partition of a topic.</summary>
    public SourcePartition Of(string topic, MqttTopicLevels? levels)
    {
        if (_by.IsOne)
        {
            return _shared;
        }

        string? value = topic;
        return _by.Level is { } level && levels?.TryGet(level, out value) != true ? _shared : Of(value!);
    }

    /// <summary>Enters the partitions of an earlier life of the job: event time waits for them.</summary>
    public void Restore(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (!_by.IsOne)
            {
                Of(name);
            }
        }
    }

    /// <summary>The names to restore.</summary>
    public string[] Names()
    {
        lock (_lock)
        {
            return [.. _known.Keys];
        }
    }

    private SourcePartition Of(string value)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(value, out SourcePartition? partition))
            {
                if (_known.Count >= _by.Most)
                {
                    return _shared;
                }

                partition = new SourcePartition(_step, _all.Length, value);
                _known.Add(value, partition);
                Volatile.Write(ref _all, [.. _all, partition]);
            }

            return partition;
        }
    }
}
