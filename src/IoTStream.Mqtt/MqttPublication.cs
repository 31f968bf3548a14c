using System.Buffers;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>A message to publish, with all that MQTT 5.0 can say of it (section 3.3.2.3). MQTT 3.1.1 has only the first four; the others are left out.</summary>
/// <remarks>Immutable; thread-safe as far as the memory and the list are left alone.</remarks>
public sealed record MqttPublication
{
    /// <summary>The topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload; default empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The quality of service; default QoS 0.</summary>
    public MqttQualityOfService QualityOfService { get; init; }

    /// <summary>Whether the server keeps the message for later subscribers; default false.</summary>
    public bool Retain { get; init; }

    /// <summary>Whether the payload is said to be UTF-8 text; default false.</summary>
    public bool IsText { get; init; }

    /// <summary>What the payload is, such as a media type; default nothing.</summary>
    public string? ContentType { get; init; }

    /// <summary>After what time the server gives up delivering it, rounded up to a second; default never.</summary>
    public TimeSpan? Expiry { get; init; }

    /// <summary>Where answers go; default nothing.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>By which answers are recognised; default nothing.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>Pairs of strings that travel with the message; default none.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    /// <summary>Expiry in the form of the protocol.</summary>
    internal static uint? Seconds(TimeSpan? expiry) => expiry is not { } time ? null
        : time > TimeSpan.Zero && time.TotalSeconds <= uint.MaxValue ? (uint)Math.Ceiling(time.TotalSeconds)
        : throw new ArgumentOutOfRangeException(nameof(expiry), time, "The expiry of an MQTT message has to be positive, and less than 136 years.");

    internal PublishPacket ToPacket(TopicName topic)
    {
        MqttClientOptions.Check(
            ResponseTopic is null || TopicFilter.FindFaultOfName(ResponseTopic) is null, nameof(ResponseTopic), "of a message has to be a topic name without wildcards");
        return new PublishPacket
        {
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(Payload),
            QualityOfService = QualityOfService,
            Retain = Retain,
            Properties = ToProperties(),
        };
    }

    private PacketProperties? ToProperties() =>
        !IsText && ContentType is null && Expiry is null && ResponseTopic is null && CorrelationData is null && UserProperties.Count == 0 ? null : new PacketProperties
        {
            PayloadFormatIndicator = IsText ? (byte)1 : null,
            ContentType = ContentType,
            MessageExpiryInterval = Seconds(Expiry),
            ResponseTopic = ResponseTopic,
            CorrelationData = CorrelationData?.ToArray(),
            UserProperties = UserProperties.Count == 0 ? null : [.. UserProperties],
        };
}
