using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>CONNECT and CONNACK (MQTT 5.0, section 3.1 and 3.2).</summary>
internal static class Handshake
{
    public static async Task<ConnAckPacket> PerformAsync(
        Stream stream, PipeReader reader, ConnectPacket connect, MqttAuthentication? authentication, int maximumPacketSize, CancellationToken cancellationToken)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttAuthenticationStep? step = authentication?.Begin();
        if (step is not null)
        {
            ReadOnlyMemory<byte> data = await step(default, cancellationToken).ConfigureAwait(false);
            connect.Properties!.AuthenticationMethod = authentication!.Method;
            connect.Properties.AuthenticationData = data.IsEmpty ? null : data.ToArray();
        }

        connect.Write(output);
        await stream.WriteAsync(output.WrittenMemory, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (Frame.TryRead(ref buffer, maximumPacketSize, connect.Version, out Frame frame))
            {
                if (frame.Type == PacketType.Auth && step is not null)
                {
                    AuthPacket challenge = AuthPacket.Read(frame, connect.Version);
                    reader.AdvanceTo(buffer.Start);
                    output.ResetWrittenCount();
                    (await Reauthentication.AnswerAsync(authentication!, step, challenge, cancellationToken).ConfigureAwait(false)).Write(output);
                    await stream.WriteAsync(output.WrittenMemory, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                ConnAckPacket answer = frame.Type == PacketType.ConnAck
                    ? ConnAckPacket.Read(frame, connect.Version)
                    : throw MqttProtocolException.Violation($"The server answers CONNECT with {frame.Type}.");
                reader.AdvanceTo(buffer.Start);
                if (answer.ReasonCode.IsFailure())
                {
                    throw MqttRefusedException.Of("refused the connection", answer.ReasonCode, answer.Properties);
                }

                if (connect.CleanStart && answer.SessionPresent)
                {
                    // It would be somebody else's: the client has none [MQTT-3.2.2-4].
                    throw MqttProtocolException.Violation("The server says that it has a session, which it was to forget.");
                }

                if (step is not null && answer.Properties?.AuthenticationData is { } last)
                {
                    await step(last, cancellationToken).ConfigureAwait(false);
                }

                return answer;
            }

            if (result.IsCompleted)
            {
                throw new MqttClientException("The server closed the connection without answering CONNECT; it may not speak this version of MQTT.");
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public static ConnectPacket Request(MqttClientOptions options, string clientIdentifier, bool cleanStart) => new()
    {
        Version = options.Version,
        ClientIdentifier = clientIdentifier,
        CleanStart = cleanStart,
        KeepAlive = (ushort)options.KeepAlive.TotalSeconds,
        UserName = options.UserName,
        Password = options.Password is null ? null : Encoding.UTF8.GetBytes(options.Password),
        Will = options.Will?.ToPacket(),
        Properties = options.Version == MqttProtocolVersion.V311 ? null : new PacketProperties
        {
            SessionExpiryInterval = options.SessionExpiry == Timeout.InfiniteTimeSpan
                ? uint.MaxValue
                : (uint)options.SessionExpiry.TotalSeconds,
            ReceiveMaximum = (ushort)options.ReceiveMaximum,
            MaximumPacketSize = (uint)options.MaximumPacketSize,
            TopicAliasMaximum = options.TopicAliasMaximum == 0 ? null : (ushort)options.TopicAliasMaximum,
            UserProperties = options.UserProperties.Count == 0 ? null : [.. options.UserProperties],
        },
    };
}
