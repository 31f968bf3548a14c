namespace IoTStream.Kafka;

/// <summary>Where a source begins in partitions of which its job has no position yet.</summary>
/// <remarks>
/// Immutable and thread-safe. A job that goes on from an epoch log begins where the log says, and with partitions that have come into being since at their beginning.
/// </remarks>
public sealed class KafkaStart
{
    private KafkaStart()
    {
    }

    /// <summary>With the oldest message that there is.</summary>
    public static KafkaStart Earliest { get; } = new();

    /// <summary>Behind the newest message that there is when the source is opened.</summary>
    public static KafkaStart Latest { get; } = new() { IsLatest = true };

    internal bool IsLatest { get; private init; }

    internal bool IsCommitted { get; private init; }

    internal DateTimeOffset? Instant { get; private init; }

    internal IReadOnlyDictionary<KafkaPartition, long>? Given { get; private init; }

    /// <summary>Where to begin in a partition of which neither an offset was committed nor one is given.</summary>
    internal KafkaStart Otherwise { get; private init; } = null!;

    /// <summary>Behind what the group has committed.</summary>
    /// <param name="otherwise">Where to begin in a partition of which nothing is committed.</param>
    public static KafkaStart Committed(KafkaStart otherwise)
    {
        ArgumentNullException.ThrowIfNull(otherwise);
        return new KafkaStart { IsCommitted = true, Otherwise = otherwise };
    }

    /// <summary>With the first message whose timestamp is this or later; in a partition without one, behind the newest message.</summary>
    /// <param name="instant">The timestamp; Kafka has milliseconds.</param>
    public static KafkaStart At(DateTimeOffset instant) => new() { Instant = instant };

    /// <summary>With the messages at offsets.</summary>
    /// <param name="offsets">The offset of each partition.</param>
    /// <param name="otherwise">Where to begin in a partition that is not among them.</param>
    /// <exception cref="ArgumentException">An offset is negative.</exception>
    public static KafkaStart Offsets(IReadOnlyDictionary<KafkaPartition, long> offsets, KafkaStart otherwise)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        ArgumentNullException.ThrowIfNull(otherwise);
        return offsets.Values.All(static offset => offset >= 0)
            ? new KafkaStart { Given = new Dictionary<KafkaPartition, long>(offsets), Otherwise = otherwise }
            : throw new ArgumentException("Offsets cannot be negative; the beginning of a partition is KafkaStart.Earliest.", nameof(offsets));
    }

    /// <summary>Whether the committed offsets of the group have to be known.</summary>
    internal bool NeedsGroup => IsCommitted || Otherwise?.NeedsGroup == true;
}
