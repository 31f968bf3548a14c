using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>What the server publishes for a client whose connection ends without a good-bye (MQTT 5.0, section 3.1.2.5).</summary>
/// <remarks>Immutable; thread-safe as far as the memory of <see cref="Payload"/> is left alone.</remarks>
public sealed record MqttWill
{
    /// <summary>The topic name to publish to.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload, at most 65,535 bytes; default empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The quality of service; default QoS 0.</summary>
    public MqttQualityOfService QualityOfService { get; init; }

    /// <summary>Whether the server retains the message; default false.</summary>
    public bool Retain { get; init; }

    /// <summary>
    /// How long the server waits before it publishes the will, in case the client comes back (section 3.1.3.2.2), to a second; default zero. MQTT 5.0 only.
    /// </summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Whether the payload is said to be UTF-8 text (5.0); default false.</summary>
    public bool IsText { get; init; }

    /// <summary>What the payload is, such as a media type (5.0); default nothing.</summary>
    public string? ContentType { get; init; }

    /// <summary>After what time the server gives up delivering it, rounded up to a second (5.0); default never.</summary>
    public TimeSpan? Expiry { get; init; }

    /// <summary>Where answers go (5.0); default nothing.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>By which answers are recognised (5.0); default nothing.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>Pairs of strings that travel with the message (5.0); default none.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    internal void Validate()
    {
        MqttClientOptions.Check(Topic is not null, "Will.Topic", "cannot be null");
        string? fault = TopicFilter.FindFaultOfName(Topic);
        MqttClientOptions.Check(fault is null, "Will.Topic", $"is not valid: {fault}");
        MqttClientOptions.Check(Payload.Length <= ushort.MaxValue, "Will.Payload", "has to be at most 65535 bytes");
        MqttClientOptions.Check(
            QualityOfService is >= MqttQualityOfService.AtMostOnce and <= MqttQualityOfService.ExactlyOnce,
            "Will.QualityOfService",
            "has to be one of the enumeration");
        MqttClientOptions.Check(
            ResponseTopic is null || TopicFilter.FindFaultOfName(ResponseTopic) is null, "Will.ResponseTopic", "has to be a topic name without wildcards");
        MqttClientOptions.Check(UserProperties is not null, "Will.UserProperties", "cannot be null");
        _ = MqttPublication.Seconds(Expiry);
        MqttClientOptions.Check(Delay.TotalSeconds is >= 0 and < uint.MaxValue, "Will.Delay", "has to be zero or positive");
    }

    internal WillMessage ToPacket() => new(
        TopicName.Create(Topic),
        Payload,
        QualityOfService,
        Retain,
        new PacketProperties
        {
            WillDelayInterval = Delay == TimeSpan.Zero ? null : (uint)Delay.TotalSeconds,
            PayloadFormatIndicator = IsText ? (byte)1 : null,
            ContentType = ContentType,
            MessageExpiryInterval = MqttPublication.Seconds(Expiry),
            ResponseTopic = ResponseTopic,
            CorrelationData = CorrelationData?.ToArray(),
            UserProperties = UserProperties.Count == 0 ? null : [.. UserProperties],
        });
}
