namespace IoTStream.Kafka;

/// <summary>Where a source ends.</summary>
/// <remarks>Immutable and thread-safe. In a job with an epoch log, an end that has been found out holds for the partition also after a restart.</remarks>
public sealed class KafkaEnd
{
    private KafkaEnd()
    {
    }

    /// <summary>Nowhere: it waits for what comes.</summary>
    public static KafkaEnd Never { get; } = new();

    /// <summary>In each partition behind the newest message that there is when the source is opened.</summary>
    public static KafkaEnd Now { get; } = new() { IsBounded = true };

    internal bool IsBounded { get; private init; }

    internal DateTimeOffset? Instant { get; private init; }

    /// <summary>
    /// In each partition before the first message whose timestamp is this or later; in a partition that has none when the source is opened, behind the newest message that there is then.
    /// </summary>
    /// <param name="instant">The timestamp; Kafka has milliseconds.</param>
    public static KafkaEnd At(DateTimeOffset instant) => new() { IsBounded = true, Instant = instant };
}
