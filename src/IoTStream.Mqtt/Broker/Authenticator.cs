using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>The enhanced authentication of one client, when it connects and anew later (MQTT 5.0, section 4.12). Not thread-safe.</summary>
internal sealed class Authenticator(MqttBrokerAuthentication authentication, MqttConnectRequest client, BrokerContext context)
{
    private MqttBrokerAuthenticationStep? _step;

    /// <summary>The properties of CONNACK or AUTH that go with a result.</summary>
    public PacketProperties PropertiesOf(in MqttAuthenticationResult result) => new()
    {
        AuthenticationMethod = authentication.Method,
        AuthenticationData = result.Data.IsEmpty ? null : result.Data.ToArray(),
    };

    /// <summary>Begins, by what CONNECT carries.</summary>
    public ValueTask<MqttAuthenticationResult> BeginAsync(PacketProperties? properties, CancellationToken cancellationToken)
    {
        try
        {
            _step = authentication.Begin(client);
        }
        catch (Exception)
        {
            context.Counters.CountFault();
            return new ValueTask<MqttAuthenticationResult>(MqttAuthenticationResult.Refuse(MqttReasonCode.UnspecifiedError));
        }

        return StepAsync(properties, cancellationToken);
    }

    /// <summary>Goes on, or begins anew, with what an AUTH packet says.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="mayBegin">Whether the client may begin anew: not while it connects.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends.</param>
    /// <exception cref="MqttProtocolException">It is not the client's turn for that, or it has another method than CONNECT.</exception>
    public ValueTask<MqttAuthenticationResult> NextAsync(AuthPacket packet, bool mayBegin, CancellationToken cancellationToken)
    {
        if (packet.Properties?.AuthenticationMethod != authentication.Method)
        {
            throw MqttProtocolException.Violation("An AUTH packet has another authentication method than CONNECT.");
        }

        if (packet.ReasonCode == MqttReasonCode.ReAuthenticate && mayBegin)
        {
            return BeginAsync(packet.Properties, cancellationToken);
        }

        return packet.ReasonCode == MqttReasonCode.ContinueAuthentication && _step is not null
            ? StepAsync(packet.Properties, cancellationToken)
            : throw MqttProtocolException.Violation($"An AUTH packet with the reason code {packet.ReasonCode} is not expected.");
    }

    private async ValueTask<MqttAuthenticationResult> StepAsync(PacketProperties? properties, CancellationToken cancellationToken)
    {
        MqttAuthenticationResult result;
        try
        {
            result = await _step!(properties?.AuthenticationData ?? ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The user's fault must not become the broker's; the count tells that there was one.
            context.Counters.CountFault();
            result = MqttAuthenticationResult.Refuse(MqttReasonCode.UnspecifiedError);
        }

        if (result.ReasonCode != MqttReasonCode.ContinueAuthentication)
        {
            _step = null;
        }

        return result;
    }
}
