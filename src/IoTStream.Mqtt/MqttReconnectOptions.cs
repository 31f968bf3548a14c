namespace IoTStream.Mqtt;

/// <summary>
/// What a client does when its connection is lost: it connects again, makes its subscriptions again and resends what is not
/// acknowledged, for ever unless told otherwise.
/// </summary>
/// <remarks>
/// Before each attempt it waits a random time between zero and a ceiling that starts at <see cref="FirstDelay"/> and doubles up to
/// <see cref="LongestDelay"/>, so that the clients of a server that went down do not all come back at the same instant. A connection
/// that outlives its ceiling sets it back. Immutable and thread-safe.
/// </remarks>
public sealed record MqttReconnectOptions
{
    /// <summary>The ceiling of the first delay; default 250 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The highest ceiling; default 30 s.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many attempts in a row may fail before the client gives up; null, the default, for any number. Zero never reconnects.</summary>
    public int? MaximumAttempts { get; init; }

    /// <summary>
    /// How many refusals in a row that trying again is not likely to heal (bad credentials, not authorized, certificate not trusted, ...) make
    /// the client give up; default 1.
    /// </summary>
    public int MaximumRefusals { get; init; } = 1;

    /// <summary>
    /// Whether <see cref="MqttClient.ConnectAsync"/> goes on trying when the first connection fails; default false: it throws. Sources and sinks
    /// always go on, so that a gateway may start before its broker.
    /// </summary>
    public bool RetryFirst { get; init; }

    /// <summary>
    /// Whether the client goes to another server when its server names one (5.0, section 4.11): for good if that says that it has moved, else until the other one cannot be reached; default
    /// false: then such a refusal is as any other. Credentials, and a certificate, are shown to the other server too.
    /// </summary>
    public bool FollowServerReference { get; init; }

    internal void Validate()
    {
        MqttClientOptions.Check(FirstDelay > TimeSpan.Zero, "Reconnect.FirstDelay", "has to be positive");
        MqttClientOptions.Check(LongestDelay >= FirstDelay, "Reconnect.LongestDelay", "has to be at least FirstDelay");
        MqttClientOptions.Check(MaximumAttempts is null or >= 0, "Reconnect.MaximumAttempts", "cannot be negative");
        MqttClientOptions.Check(MaximumRefusals >= 1, "Reconnect.MaximumRefusals", "has to be at least 1");
    }
}
