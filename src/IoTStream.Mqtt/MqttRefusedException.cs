namespace IoTStream.Mqtt;

/// <summary>The server refused a connection, a subscription or a message, or ended the connection with a reason.</summary>
/// <param name="reasonCode">Why; for MQTT 3.1.1 the code of 5.0 that comes nearest.</param>
/// <param name="message">What was refused.</param>
/// <param name="isTransient">Whether trying again later can help.</param>
public sealed class MqttRefusedException(MqttReasonCode reasonCode, string message, bool isTransient) : MqttClientException(message)
{
    /// <summary>The server's reason.</summary>
    public MqttReasonCode ReasonCode { get; } = reasonCode;

    /// <summary>Whether trying again later can help: the server is busy, say, as opposed to a wrong password.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>The other servers that the server names, if it does (5.0, section 4.11): addresses separated by spaces.</summary>
    public string? ServerReference { get; private init; }

    /// <summary>A refused subscription: MQTT 3.1.1 has one code for all reasons, of which a missing right is the likely one.</summary>
    internal static MqttRefusedException OfSubscription(string filter, MqttReasonCode code, string? reason)
    {
        MqttRefusedException refusal = Of($"refused the subscription to '{filter}'", code, reason);
        return code == MqttReasonCode.UnspecifiedError ? new MqttRefusedException(code, refusal.Message, isTransient: false) : refusal;
    }

    internal static MqttRefusedException Of(string what, MqttReasonCode code, Protocol.PacketProperties? properties) =>
        properties?.ServerReference is { } other
            ? new MqttRefusedException(code, Of(what, code, $"{properties.ReasonString} (it names the server {other})".TrimStart()).Message, IsTransientCode(code)) { ServerReference = other }
            : Of(what, code, properties?.ReasonString);

    internal static MqttRefusedException Of(string what, MqttReasonCode code, string? reason)
    {
        string explanation = string.IsNullOrEmpty(reason) ? "" : $": {reason}";
        return new MqttRefusedException(code, $"The server {what}, reason {code} (0x{(int)code:X2}){explanation}.", IsTransientCode(code));
    }

    private static bool IsTransientCode(MqttReasonCode code) => code is not (MqttReasonCode.UnsupportedProtocolVersion or MqttReasonCode.ClientIdentifierNotValid
        or MqttReasonCode.BadUserNameOrPassword or MqttReasonCode.NotAuthorized or MqttReasonCode.Banned
        or MqttReasonCode.BadAuthenticationMethod or MqttReasonCode.SessionTakenOver or MqttReasonCode.TopicFilterInvalid
        or MqttReasonCode.TopicNameInvalid or MqttReasonCode.RetainNotSupported or MqttReasonCode.QosNotSupported
        or MqttReasonCode.UseAnotherServer or MqttReasonCode.ServerMoved or MqttReasonCode.SharedSubscriptionsNotSupported
        or MqttReasonCode.SubscriptionIdentifiersNotSupported or MqttReasonCode.WildcardSubscriptionsNotSupported);
}
