namespace IoTStream.Mqtt.Broker;

/// <summary>One step of an enhanced authentication: from what the client sends to what it is told.</summary>
/// <param name="response">The client's data: what CONNECT, or an AUTH packet, carries.</param>
/// <param name="cancellationToken">Cancelled when the time for connecting is over or the connection ends.</param>
/// <exception cref="Exception">Whatever is thrown refuses the client with <see cref="MqttReasonCode.UnspecifiedError"/>.</exception>
public delegate ValueTask<MqttAuthenticationResult> MqttBrokerAuthenticationStep(ReadOnlyMemory<byte> response, CancellationToken cancellationToken);

/// <summary>An authentication with challenges and responses that clients may ask for, such as SCRAM (MQTT 5.0, section 4.12).</summary>
/// <remarks>Immutable; <see cref="Begin"/> is called for several clients at once.</remarks>
public sealed record MqttBrokerAuthentication
{
    /// <summary>The name of the method, on which client and server have agreed.</summary>
    public required string Method { get; init; }

    /// <summary>
    /// Begins an exchange: once for each client that connects with the method, and each time that it authenticates anew. The steps of one exchange are called one after the other.
    /// </summary>
    public required Func<MqttConnectRequest, MqttBrokerAuthenticationStep> Begin { get; init; }
}
