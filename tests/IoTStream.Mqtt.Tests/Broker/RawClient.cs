using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Mqtt.Tests.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>A client without any behaviour of its own: sends what a test says and reads what comes, packet by packet.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;
    private readonly TopicCache _topics = new(100);
    private readonly MqttProtocolVersion _version;

    private RawClient(Socket socket, MqttProtocolVersion version)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream);
        _version = version;
    }

    public static async Task<RawClient> OpenAsync(
        int port, MqttProtocolVersion version = MqttProtocolVersion.V500, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            socket.ReceiveBufferSize = receiveBuffer;
        }

        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawClient(socket, version);
    }

    /// <summary>Opens a connection and sends a CONNECT, which has to be accepted.</summary>
    public static async Task<RawClient> ConnectAsync(int port, ConnectPacket connect, int receiveBuffer = 0)
    {
        RawClient client = await OpenAsync(port, connect.Version, receiveBuffer);
        await client.SendAsync(connect);
        (await client.ReadAsync<ConnAckPacket>()).ReasonCode.Should().Be(MqttReasonCode.Success);
        return client;
    }

    public Task SendAsync(object packet) => SendBytesAsync(Packets.Write(packet, _version));

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        await _stream.WriteAsync(bytes, limit.Token);
    }

    public Task PublishAsync(
        string topic,
        string payload,
        MqttQualityOfService qos = MqttQualityOfService.AtMostOnce,
        ushort id = 0,
        bool retain = false,
        PacketProperties? properties = null) =>
        SendAsync(new PublishPacket
        {
            Topic = TopicName.Create(topic),
            Payload = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(payload)),
            QualityOfService = qos,
            PacketIdentifier = id,
            Retain = retain,
            Properties = properties,
        });

    public async Task<SubAckPacket> SubscribeAsync(params TopicSubscription[] subscriptions)
    {
        await SendAsync(new SubscribePacket(1, subscriptions));
        return await ReadAsync<SubAckPacket>();
    }

    /// <summary>A round trip: what was sent before it has been handled when it is over.</summary>
    public async Task PingAsync()
    {
        await SendAsync(new PingPacket(PacketType.PingReq));
        await ReadAsync<PingPacket>();
    }

    /// <summary>Reads a packet, which has to be of the type.</summary>
    public async Task<T> ReadAsync<T>() => (await ReadAsync()).Should().BeOfType<T>().Subject;

    /// <summary>Reads a PUBLISH and returns it with its payload as text.</summary>
    public async Task<(PublishPacket Packet, string Payload)> ReadPublishAsync()
    {
        PublishPacket packet = await ReadAsync<PublishPacket>();
        return (packet, Encoding.UTF8.GetString(packet.Payload));
    }

    /// <summary>Reads a packet; null if the broker has closed the connection.</summary>
    public async Task<object?> ReadAsync()
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _reader.ReadAsync(limit.Token);
            }
            catch (IOException)
            {
                return null;
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            if (Frame.TryRead(ref buffer, Frame.MaximumBodySize, _version, out Frame frame))
            {
                // The buffer is reused: what a packet refers to is copied first.
                var copy = new Frame(frame.Type, frame.Flags, new ReadOnlySequence<byte>(frame.Body.ToArray()));
                _reader.AdvanceTo(buffer.Start);
                return Packets.Read(copy, _version, _topics);
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
