namespace IoTStream.Mqtt;

/// <summary>What the messages of a source are divided by into partitions, each with a watermark and an idleness of its own.</summary>
/// <remarks>
/// Immutable and thread-safe. Partitions come into being with their first message: each value gets one, in the order in which the values come, until there are as many as allowed; all further ones share
/// one more. Event time waits for those that are there, so let it leave out silent ones: <c>WithIdleness</c>. In a job with an epoch log they are known, and waited for, from the
/// start after a restart.
/// </remarks>
public sealed record MqttPartitions
{
    private const int DefaultMost = 1000;

    private MqttPartitions(string? level, int most)
    {
        Level = level;
        Most = most;
    }

    /// <summary>All messages are one partition.</summary>
    public static MqttPartitions One { get; } = new(level: null, most: 0);

    internal string? Level { get; }

    internal int Most { get; }

    internal bool IsOne => Most == 0;

    /// <summary>A partition for each topic, such as that of a device.</summary>
    /// <param name="most">How many at most, 1 to 65,536; default 1,000. All other topics share one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of range.</exception>
    public static MqttPartitions ByTopic(int most = DefaultMost) => new(level: null, Check(most));

    /// <summary>A partition for each value of a level of the topic, such as <c>gateway</c> in <c>plant/{gateway}/{sensor}</c>.</summary>
    /// <param name="level">The name of the level in the template. Messages of a template without it share one partition.</param>
    /// <param name="most">How many at most, 1 to 65,536; default 1,000. All other values share one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of range.</exception>
    public static MqttPartitions ByLevel(string level, int most = DefaultMost)
    {
        ArgumentException.ThrowIfNullOrEmpty(level);
        return new(level, Check(most));
    }

    private static int Check(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, 65_536);
        return most;
    }
}
