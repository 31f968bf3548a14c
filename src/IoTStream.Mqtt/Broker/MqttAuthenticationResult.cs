namespace IoTStream.Mqtt.Broker;

/// <summary>What a step of an enhanced authentication comes to.</summary>
/// <param name="ReasonCode"><see cref="MqttReasonCode.Success"/>, <see cref="MqttReasonCode.ContinueAuthentication"/>, or why the client is refused.</param>
/// <param name="Data">What the client is sent with it; may be empty.</param>
public readonly record struct MqttAuthenticationResult(MqttReasonCode ReasonCode, ReadOnlyMemory<byte> Data)
{
    /// <summary>The client is who it says.</summary>
    /// <param name="data">The last data for it, if the method has any.</param>
    public static MqttAuthenticationResult Accept(ReadOnlyMemory<byte> data = default) => new(MqttReasonCode.Success, data);

    /// <summary>The client has to answer a challenge.</summary>
    /// <param name="challenge">The challenge.</param>
    public static MqttAuthenticationResult Challenge(ReadOnlyMemory<byte> challenge) => new(MqttReasonCode.ContinueAuthentication, challenge);

    /// <summary>The client is not let in, or sent away.</summary>
    /// <param name="reasonCode">Why; by default <see cref="MqttReasonCode.NotAuthorized"/>.</param>
    public static MqttAuthenticationResult Refuse(MqttReasonCode reasonCode = MqttReasonCode.NotAuthorized) => new(reasonCode, default);
}
