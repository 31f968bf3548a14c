using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>What a client says when it goes (MQTT 5.0, section 3.14).</summary>
/// <remarks>Immutable; thread-safe as far as the list is left alone.</remarks>
public sealed record MqttDisconnectOptions
{
    /// <summary>Whether the server publishes the will all the same; default false.</summary>
    public bool PublishWill { get; init; }

    /// <summary>How long the server keeps the session instead of <see cref="MqttClientOptions.SessionExpiry"/>, which has to be longer than zero for that; by default as agreed.</summary>
    public TimeSpan? SessionExpiry { get; init; }

    /// <summary>Why, for people who read logs; default nothing.</summary>
    public string? Reason { get; init; }

    /// <summary>Pairs of strings for the server; default none.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    internal DisconnectPacket ToPacket()
    {
        MqttClientOptions.Check(UserProperties is not null, nameof(UserProperties), "cannot be null");
        MqttClientOptions.Check(
            SessionExpiry is null || SessionExpiry == Timeout.InfiniteTimeSpan || SessionExpiry.Value.TotalSeconds is >= 0 and < uint.MaxValue,
            nameof(SessionExpiry),
            "has to be zero, positive, or Timeout.InfiniteTimeSpan");
        MqttReasonCode code = PublishWill ? MqttReasonCode.DisconnectWithWill : MqttReasonCode.Success;
        return SessionExpiry is null && Reason is null && UserProperties!.Count == 0 ? new DisconnectPacket(code) : new DisconnectPacket(code, new PacketProperties
        {
            SessionExpiryInterval = SessionExpiry is not { } expiry ? null : expiry == Timeout.InfiniteTimeSpan ? uint.MaxValue : (uint)expiry.TotalSeconds,
            ReasonString = Reason,
            UserProperties = UserProperties!.Count == 0 ? null : [.. UserProperties],
        });
    }
}
