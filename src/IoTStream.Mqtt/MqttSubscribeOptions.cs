using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>How a client subscribes (MQTT 5.0, section 3.8). MQTT 3.1.1 has only the quality of service.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record MqttSubscribeOptions
{
    private const int LargestIdentifier = 268_435_455;

    /// <summary>The highest quality of service to receive with; default QoS 1.</summary>
    public MqttQualityOfService QualityOfService { get; init; } = MqttQualityOfService.AtLeastOnce;

    /// <summary>Whether what the client itself publishes is left out; default false. Not for shared subscriptions.</summary>
    public bool NoLocal { get; init; }

    /// <summary>Whether messages keep the retain flag that they were published with, as bridges want it; default false: it marks only what was stored before.</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>What becomes of retained messages when the subscription is made; default: they are sent. When it is made again they are sent only if the server had lost it.</summary>
    public MqttRetainHandling RetainHandling { get; init; }

    /// <summary>A number, 1 to 268,435,455, that comes with each message of the subscription; default none.</summary>
    public int? Identifier { get; init; }

    /// <summary>Pairs of strings that the server is told with the subscription; default none.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    internal PacketProperties? ToProperties() => Identifier is null && UserProperties.Count == 0 ? null : new PacketProperties
    {
        SubscriptionIdentifiers = Identifier is { } identifier ? [identifier] : null,
        UserProperties = UserProperties.Count == 0 ? null : [.. UserProperties],
    };

    internal void Validate(IReadOnlyList<string> filters, MqttProtocolVersion version)
    {
        MqttClient.CheckQualityOfService(QualityOfService);
        MqttClientOptions.Check(UserProperties is not null, nameof(UserProperties), "cannot be null");
        MqttClientOptions.Check(Enum.IsDefined(RetainHandling), nameof(RetainHandling), "has to be one of the enumeration");
        MqttClientOptions.Check(Identifier is null or (>= 1 and <= LargestIdentifier), nameof(Identifier), $"has to be from 1 to {LargestIdentifier}");
        MqttClientOptions.Check(!NoLocal || !filters.Any(static filter => TopicFilter.IsShared(filter)), nameof(NoLocal), "is not possible for shared subscriptions");
        MqttClientOptions.Check(
            version == MqttProtocolVersion.V500
                || (!NoLocal && !RetainAsPublished && RetainHandling == MqttRetainHandling.Send && Identifier is null && UserProperties!.Count == 0),
            nameof(MqttSubscribeOptions),
            "with more than a QualityOfService needs MQTT 5.0");
    }
}
