using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Protocol;

namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>A server that does packet by packet what a test tells it, also what no server should do.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public ScriptedServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Waits for the next connection.</summary>
    public async Task<Conversation> AcceptAsync(MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        return new Conversation(await _listener.AcceptSocketAsync(limit.Token), version);
    }

    /// <summary>Waits for the next connection and welcomes the client.</summary>
    public async Task<Conversation> WelcomeAsync(
        MqttProtocolVersion version = MqttProtocolVersion.V500, bool sessionPresent = false, PacketProperties? properties = null)
    {
        Conversation conversation = await AcceptAsync(version);
        conversation.Connect = await conversation.ReceiveAsync<ConnectPacket>();
        await conversation.SendAsync(new ConnAckPacket(MqttReasonCode.Success, sessionPresent, properties));
        return conversation;
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>One connection of a <see cref="ScriptedServer"/>.</summary>
    internal sealed class Conversation(Socket socket, MqttProtocolVersion version) : IDisposable
    {
        private readonly PipeReader _reader = PipeReader.Create(new NetworkStream(socket));
        private readonly TopicCache _topics = new(16);

        public ConnectPacket? Connect { get; set; }

        public async Task<T> ReceiveAsync<T>()
        {
            object? packet = await TryReceiveAsync();
            return packet is T expected ? expected : throw new AssertionException($"Instead of {typeof(T).Name} came {packet ?? "the end"}.");
        }

        /// <summary>The next packet; null when the client has closed the connection. The payload of a PUBLISH is a copy.</summary>
        public async Task<object?> TryReceiveAsync()
        {
            using var limit = new CancellationTokenSource(Limits.Wait);
            while (true)
            {
                ReadResult result = await _reader.ReadAsync(limit.Token);
                ReadOnlySequence<byte> buffer = result.Buffer;
                if (Frame.TryRead(ref buffer, Frame.MaximumBodySize, version, out Frame frame))
                {
                    object packet = Packets.Read(frame, version, _topics);
                    if (packet is PublishPacket publish)
                    {
                        packet = publish with { Payload = new ReadOnlySequence<byte>(publish.Payload.ToArray()) };
                    }

                    _reader.AdvanceTo(buffer.Start);
                    return packet;
                }

                if (result.IsCompleted)
                {
                    // As a server does: the client may be waiting for it.
                    socket.Close();
                    return null;
                }

                _reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }

        public Task SendAsync(object packet) => SendRawAsync(Packets.Write(packet, version));

        public async Task SendRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
            }
        }

        /// <summary>Answers a SUBSCRIBE as asked.</summary>
        public async Task GrantAsync()
        {
            SubscribePacket request = await ReceiveAsync<SubscribePacket>();
            await SendAsync(new SubAckPacket(
                PacketType.SubAck, request.PacketIdentifier, [.. request.Subscriptions.Select(s => (MqttReasonCode)s.MaximumQoS)]));
        }

        public void Dispose() => socket.Dispose();
    }
}
