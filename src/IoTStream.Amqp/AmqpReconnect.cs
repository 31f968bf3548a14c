namespace IoTStream.Amqp;

/// <summary>What a source or a sink does when its connection is lost, or cannot be made: it tries again, for ever unless told otherwise.</summary>
/// <remarks>
/// Before each attempt it waits a random time between zero and a ceiling that starts at <see cref="FirstDelay"/> and doubles up to
/// <see cref="LongestDelay"/>, so that the clients of a server that went down do not all come back at the same instant. Immutable and thread-safe.
/// </remarks>
public sealed record AmqpReconnect
{
    /// <summary>The ceiling of the first delay; default 250 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The highest ceiling; default 30 s.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many attempts in a row may fail before the job does; null, the default, for any number.</summary>
    public int? MaximumAttempts { get; init; }

    /// <summary>
    /// How many refusals in a row that trying again is not likely to heal (bad credentials, no such queue, a queue that was declared in another way, certificate not trusted, ...)
    /// make the job fail; default 1.
    /// </summary>
    public int MaximumRefusals { get; init; } = 1;

    internal void Validate()
    {
        AmqpServer.Check(FirstDelay > TimeSpan.Zero, "Reconnect.FirstDelay", "has to be positive");
        AmqpServer.Check(LongestDelay >= FirstDelay, "Reconnect.LongestDelay", "has to be at least FirstDelay");
        AmqpServer.Check(MaximumAttempts is null or >= 1, "Reconnect.MaximumAttempts", "has to be at least 1, or null for any number");
        AmqpServer.Check(MaximumRefusals >= 1, "Reconnect.MaximumRefusals", "has to be at least 1");
    }
}
