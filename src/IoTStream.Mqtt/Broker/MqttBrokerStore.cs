using IoTStream.Log;

namespace IoTStream.Mqtt.Broker;

/// <summary>
/// Describes where a broker keeps what is to outlive its process: the sessions that outlive their connections, with their subscriptions, the messages of QoS 1 and 2 that
/// they are owed and the identifiers of those of QoS 2 that they have sent, and the retained messages. It holds no resources; the broker that is given it opens it.
/// </summary>
/// <remarks>Immutable and thread-safe. The files are those of an epoch log (docs/epoch-log-format.md).</remarks>
public sealed record MqttBrokerStore
{
    private const long LeastSegmentSize = 4096;
    private const int LeastSegments = 4;

    private MqttBrokerStore(string directory) => Directory = directory;

    /// <summary>The directory, as a full path. It is created by the first broker.</summary>
    public string Directory { get; }

    /// <summary>From which length in bytes on a file is followed by another. What is not needed any more is deleted by whole files. Default: 64 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 4,096.</exception>
    public long SegmentSize
    {
        get;
        init => field = value >= LeastSegmentSize
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"MqttBrokerStore.SegmentSize is {value}; it must be at least {LeastSegmentSize} bytes.");
    }
    = 64 * 1024 * 1024;

    /// <summary>
    /// From how many bytes on disk on the store takes no further messages: they are then treated as when the queues of all sessions are full, which holds publishers back from
    /// clients that are connected and drops, and counts, what is for those that are away. While the store is rewritten without what is not needed any more, it takes up to as much again.
    /// Default: 4 GiB.
    /// </summary>
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>What to do when the last write is damaged in a way that a write cut short does not explain. Default: <see cref="DamagedTail.Refuse"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public DamagedTail DamagedTail
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"MqttBrokerStore.DamagedTail is {value}; it must be Refuse or Cut.");
    }

    /// <summary>Describes a store in a directory of its own.</summary>
    /// <param name="directory">The directory; a relative path starts from the current one.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static MqttBrokerStore At(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return new MqttBrokerStore(Path.GetFullPath(directory));
    }

    internal void Validate() => Check(
        MaxBytes / LeastSegments >= SegmentSize, nameof(MaxBytes), $"is {MaxBytes}; it must be at least {LeastSegments} times SegmentSize, which is {SegmentSize}");

    private static void Check(bool holds, string name, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"{nameof(MqttBrokerStore)}.{name} {rule}.", name);
        }
    }
}
