namespace IoTStream.Mqtt.Broker;

/// <summary>How a pipeline takes its source from a broker of the same process. Immutable; checked when the source is described.</summary>
public sealed record MqttBrokerSourceOptions
{
    /// <summary>
    /// The name of a session that is kept while no job reads: what is published at QoS 1 and 2 meanwhile waits, as for a client that is away, and what a job took
    /// and did not acknowledge comes again. Each source needs a name of its own; a second source that opens the same session ends the first. Clients cannot reach
    /// it. Null, the default, for a session that ends with the job.
    /// </summary>
    public string? Session { get; init; }

    /// <summary>How long a named session outlives a job. Default one day; <see cref="TimeSpan.MaxValue"/> for ever.</summary>
    public TimeSpan SessionExpiry { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The highest quality of service to receive with; default QoS 1. There is no network between the broker and the pipeline, so QoS 2 is the same here.
    /// </summary>
    public MqttQualityOfService QualityOfService { get; init; } = MqttQualityOfService.AtLeastOnce;

    /// <summary>
    /// The most messages that wait for the pipeline or, at QoS 1 and 2, for its acknowledgement, at least 1; when they are reached publishers are held back. Their
    /// bytes are bounded by <see cref="MqttBrokerOptions.MaxQueuedBytes"/>. Default 65,536.
    /// </summary>
    public int Capacity { get; init; } = 65_536;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal void Validate()
    {
        Check(Session is null || Session.Length > 0, nameof(Session), "must not be empty: leave it null for a session that ends with the job");
        Check(SessionExpiry > TimeSpan.Zero, nameof(SessionExpiry), "has to be longer than zero: leave Session null for a session that ends with the job");
        Check(Enum.IsDefined(QualityOfService), nameof(QualityOfService), "has to be one of the enumeration: QoS 0, 1 or 2");
        Check(Capacity >= 1, nameof(Capacity), "has to be at least 1");
    }

    private static void Check(bool holds, string name, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"{nameof(MqttBrokerSourceOptions)}.{name} {rule}.", name);
        }
    }
}
