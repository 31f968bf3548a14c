namespace IoTStream.Mqtt;

/// <summary>One step of an enhanced authentication: from what the server sends to what it is answered.</summary>
/// <param name="challenge">
/// The server's data; empty for the first step, which gives what CONNECT carries. The last step gets what CONNACK or the last AUTH carries, if that is anything, to check it; its
/// answer is not sent.
/// </param>
/// <param name="cancellationToken">Cancelled when the time for connecting is over or the client is disposed.</param>
/// <exception cref="Exception">Whatever is thrown ends the attempt.</exception>
public delegate ValueTask<ReadOnlyMemory<byte>> MqttAuthenticationStep(ReadOnlyMemory<byte> challenge, CancellationToken cancellationToken);

/// <summary>An authentication with challenges and responses, such as SCRAM or Kerberos (MQTT 5.0, section 4.12).</summary>
/// <remarks>Immutable; <see cref="Begin"/> may be called by several clients at once.</remarks>
public sealed record MqttAuthentication
{
    /// <summary>The name of the method, on which client and server have agreed.</summary>
    public required string Method { get; init; }

    /// <summary>Begins an exchange: once for each attempt to connect, and for each <see cref="MqttClient.ReauthenticateAsync"/>.</summary>
    public required Func<MqttAuthenticationStep> Begin { get; init; }
}
