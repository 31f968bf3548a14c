using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>Authenticates anew on a connection that stands (MQTT 5.0, section 4.12.1).</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Reauthentication(MqttAuthentication authentication, Outbox outbox, Action<Exception> lost, CancellationToken closing)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _pending;
    private MqttAuthenticationStep? _step;

    /// <summary>Answers a challenge.</summary>
    /// <exception cref="MqttProtocolException">It is none, or of another method.</exception>
    public static async ValueTask<AuthPacket> AnswerAsync(
        MqttAuthentication authentication, MqttAuthenticationStep step, AuthPacket challenge, CancellationToken cancellationToken)
    {
        Check(authentication, challenge);
        if (challenge.ReasonCode != MqttReasonCode.ContinueAuthentication)
        {
            throw MqttProtocolException.Violation($"The server sends AUTH with reason {challenge.ReasonCode} where it has to be a challenge.");
        }

        return Packet(
            authentication,
            MqttReasonCode.ContinueAuthentication,
            await step(challenge.Properties?.AuthenticationData ?? default, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Begins, and completes when the server has consented.</summary>
    public async Task BeginAsync()
    {
        MqttAuthenticationStep step = authentication.Begin();
        ReadOnlyMemory<byte> data = await step(default, closing).ConfigureAwait(false);
        TaskCompletionSource pending;
        lock (_lock)
        {
            if (_pending is { Task.IsCompleted: false })
            {
                throw new MqttClientException("The client is authenticating already.");
            }

            _pending = pending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _step = step;
            outbox.Write(Packet(authentication, MqttReasonCode.ReAuthenticate, data));
        }

        await pending.Task.ConfigureAwait(false);
    }

    /// <summary>An AUTH has come.</summary>
    /// <exception cref="MqttProtocolException">It is not the server's turn.</exception>
    public void Take(AuthPacket packet)
    {
        lock (_lock)
        {
            Check(authentication, packet);
            if (_pending is not { Task.IsCompleted: false } || packet.ReasonCode == MqttReasonCode.ReAuthenticate)
            {
                throw MqttProtocolException.Violation("The server sends AUTH, which is not its turn.");
            }

            _ = ContinueAsync(packet, _step!, _pending);
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Fail(Exception reason)
    {
        lock (_lock)
        {
            if (_pending?.TrySetException(reason) == true)
            {
                _ = _pending.Task.Exception;
            }
        }
    }

    private static void Check(MqttAuthentication authentication, AuthPacket packet)
    {
        if (!string.Equals(packet.Properties?.AuthenticationMethod ?? authentication.Method, authentication.Method, StringComparison.Ordinal))
        {
            throw new MqttProtocolException(MqttReasonCode.BadAuthenticationMethod, $"The server authenticates with '{packet.Properties?.AuthenticationMethod}' instead of '{authentication.Method}'.");
        }
    }

    private static AuthPacket Packet(MqttAuthentication authentication, MqttReasonCode code, ReadOnlyMemory<byte> data) =>
        new(code, new PacketProperties { AuthenticationMethod = authentication.Method, AuthenticationData = data.IsEmpty ? null : data.ToArray() });

    /// <summary>Not on the loop that receives: a step may take its time.</summary>
    private async Task ContinueAsync(AuthPacket packet, MqttAuthenticationStep step, TaskCompletionSource pending)
    {
        try
        {
            if (packet.ReasonCode == MqttReasonCode.ContinueAuthentication)
            {
                outbox.Write(await AnswerAsync(authentication, step, packet, closing).ConfigureAwait(false));
                return;
            }

            if (packet.Properties?.AuthenticationData is { } last)
            {
                await step(last, closing).ConfigureAwait(false);
            }

            pending.TrySetResult();
        }
        catch (Exception failure)
        {
            lost(new MqttClientException($"Authenticating anew failed: {failure.Message}", failure));
        }
    }
}
