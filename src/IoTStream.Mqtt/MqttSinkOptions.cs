using IoTStream.Log;

namespace IoTStream.Mqtt;

/// <summary>How <see cref="MqttSink"/> publishes.</summary>
/// <remarks>Immutable and thread-safe, as far as <see cref="Identify"/> is.</remarks>
public sealed record MqttSinkOptions
{
    /// <summary>The quality of service; default QoS 1.</summary>
    public MqttQualityOfService QualityOfService { get; init; } = MqttQualityOfService.AtLeastOnce;

    /// <summary>Whether the server keeps the last message of a topic for later subscribers; default false.</summary>
    public bool Retain { get; init; }

    /// <summary>What the payloads are, such as a media type (5.0); default nothing.</summary>
    public string? ContentType { get; init; }

    /// <summary>After what time the server gives up delivering a message, rounded up to a second (5.0); default never.</summary>
    public TimeSpan? Expiry { get; init; }

    /// <summary>
    /// Whether, in a job with an epoch log, messages with QoS 1 and 2 are published when their epoch is committed, each with an identifier; default true. Otherwise they
    /// are published at once and without identifiers; what was published since the last epoch when the job fails is then published again, with what the job then makes of it.
    /// </summary>
    public bool AfterCommit { get; init; } = true;

    /// <summary>
    /// Puts the identifier into a message that is published after a commit, and returns what is to be published instead. By default it goes into the user property
    /// <see cref="MqttHeaders.MessageId"/>, which MQTT 3.1.1 does not have: there the topic or the payload can take it. Called once each time that a message is sent,
    /// not on a lane; must not block.
    /// </summary>
    public Func<MqttPublication, string, MqttPublication>? Identify { get; init; }

    /// <summary>
    /// Where messages are stored while the server is away, so that the pipeline goes on; they are forwarded in their order when it is back, also by a later job. By default they
    /// are not: the pipeline is held back instead. With QoS 0, what was sent when the connection was lost is gone all the same. docs/mqtt.md tells more.
    /// </summary>
    public SpoolOptions? Spool { get; init; }

    internal void Validate()
    {
        MqttClient.CheckQualityOfService(QualityOfService);
        _ = MqttPublication.Seconds(Expiry);
    }
}
