using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Mqtt.Tests.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>MQTT within WebSockets (section 6).</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class WebSocketTests
{
    private const MqttProtocolVersion Version = MqttProtocolVersion.V500;
    private const string Request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: other, mqtt\r\n\r\n";

    [Test]
    public async Task Packets_may_be_divided_among_messages_at_will()
    {
        await using MqttBroker broker = await StartAsync();
        using ClientWebSocket client = await ConnectAsync(broker);
        await using RawClient other = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "tcp" });
        await other.SubscribeAsync(new TopicSubscription("a"));
        byte[] bytes =
        [
            .. Packets.Write(new ConnectPacket { ClientIdentifier = "c" }, Version),
            .. Packets.Write(new PublishPacket { Topic = TopicName.Create("a") }, Version),
            .. Packets.Write(new SubscribePacket(1, [new TopicSubscription("b")]), Version),
        ];
        await SendAsync(client, bytes.AsMemory(0, 5));
        await SendAsync(client, default);
        await SendAsync(client, bytes.AsMemory(5));
        (await other.ReadPublishAsync()).Packet.Topic!.Text.Should().Be("a");
        byte[] connAck = await ReceiveAsync(client, until: bytes => bytes.Count >= 6 && bytes[^1] == (byte)MqttReasonCode.Success && bytes[^6] == 0x90);
        connAck[0].Should().Be(0x20);
        await other.PublishAsync("b", "to a browser");
        byte[] publish = await ReceiveAsync(client, bytes => bytes.Count >= 2 && bytes.Count == bytes[1] + 2);
        Encoding.UTF8.GetString(publish).Should().EndWith("to a browser");

        await SendAsync(client, Packets.Write(new DisconnectPacket(), Version));
        (await ReceiveMessageAsync(client, new byte[10])).MessageType.Should().Be(WebSocketMessageType.Close);
        client.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the client has left");
    }

    [Test]
    public async Task A_WebSocket_may_be_within_TLS_with_client_certificates()
    {
        using var certificates = new Certificates();
        MqttConnectRequest? seen = null;
        await using MqttBroker broker = await Brokers.StartAsync(options => options with
        {
            WebSocketPort = 0,
            Tls = new MqttBrokerTls { ServerCertificate = certificates.Issue("broker"), ClientAuthorities = [certificates.Authority], RequireClientCertificate = true },
            Authenticate = (request, _) =>
            {
                seen = request with { ClientCertificate = null, UserName = request.ClientCertificate?.Subject };
                return ValueTask.FromResult(MqttReasonCode.Success);
            },
        });
        await using var client = new MqttClient(new MqttClientOptions
        {
            Host = "localhost",
            Port = broker.WebSocketPort!.Value,
            WebSocketPath = "/mqtt",
            Tls = new MqttTlsOptions { Authorities = [certificates.Authority], ClientCertificate = certificates.Issue("gateway") },
        });
        var received = new TaskCompletionSource<string>();
        await client.SubscribeAsync(["a"], (message, _) =>
        {
            received.TrySetResult(Encoding.UTF8.GetString(message.Payload));
            return default;
        });
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        await client.PublishAsync("a", new string('x', 100_000).Select(c => (byte)c).ToArray(), MqttQualityOfService.ExactlyOnce);
        (await received.Task.WaitAsync(Limits.Wait)).Should().HaveLength(100_000);
        seen!.UserName.Should().Be("CN=gateway");
    }

    [Test]
    public async Task Text_ends_the_connection()
    {
        await using MqttBroker broker = await StartAsync();
        using ClientWebSocket client = await ConnectAsync(broker);
        using var limit = new CancellationTokenSource(Limits.Wait);
        await client.SendAsync(new byte[] { 0x10 }, WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        await FluentActions.Awaiting(async () =>
        {
            while ((await ReceiveMessageAsync(client, new byte[10])).MessageType != WebSocketMessageType.Close)
            {
            }

            throw new WebSocketException("closed");
        }).Should().ThrowAsync<WebSocketException>();
    }

    [Test]
    public async Task The_handshake_is_that_of_the_specification()
    {
        await using MqttBroker broker = await StartAsync();
        string answer = await AskAsync(broker, Request, complete: false);
        answer.Should().StartWith("HTTP/1.1 101 ").And.Contain("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
            .And.Contain("\r\nSec-WebSocket-Protocol: mqtt\r\n");
    }

    [TestCase("GET /mqtt", "POST /mqtt")]
    [TestCase("websocket", "h2c")]
    [TestCase("keep-alive, Upgrade", "keep-alive")]
    [TestCase("Version: 13", "Version: 8")]
    [TestCase("other, mqtt", "mqttv3.1")]
    [TestCase("dGhlIHNhbXBsZSBub25jZQ==", "dGhl")]
    [TestCase("Host: ", "Host ")]
    public async Task What_is_not_such_a_handshake_is_refused(string right, string wrong)
    {
        await using MqttBroker broker = await StartAsync();
        (await AskAsync(broker, Request.Replace(right, wrong, StringComparison.Ordinal), complete: true)).Should().StartWith("HTTP/1.1 400 ");
    }

    [Test]
    public async Task Endless_requests_are_not_read_to_the_end()
    {
        await using MqttBroker broker = await StartAsync();
        (await AskAsync(broker, "GET /" + new string('x', 20_000), complete: true)).Should().BeEmpty();
    }

    private static Task<MqttBroker> StartAsync() => Brokers.StartAsync(options => options with { WebSocketPort = 0 });

    private static async Task<ClientWebSocket> ConnectAsync(MqttBroker broker)
    {
        var client = new ClientWebSocket();
        client.Options.AddSubProtocol("mqtt");
        using var limit = new CancellationTokenSource(Limits.Wait);
        await client.ConnectAsync(new Uri($"ws://localhost:{broker.WebSocketPort}/mqtt"), limit.Token);
        return client;
    }

    private static async Task SendAsync(ClientWebSocket client, ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        await client.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
    }

    private static async Task<ValueWebSocketReceiveResult> ReceiveMessageAsync(ClientWebSocket client, Memory<byte> buffer)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        return await client.ReceiveAsync(buffer, limit.Token);
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket client, Predicate<List<byte>> until)
    {
        var bytes = new List<byte>();
        byte[] buffer = new byte[1000];
        while (!until(bytes))
        {
            ValueWebSocketReceiveResult result = await ReceiveMessageAsync(client, buffer);
            result.MessageType.Should().Be(WebSocketMessageType.Binary);
            bytes.AddRange(buffer.AsSpan(0, result.Count));
        }

        return [.. bytes];
    }

    private static async Task<string> AskAsync(MqttBroker broker, string request, bool complete)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        using var client = new TcpClient();
        await client.ConnectAsync("localhost", broker.WebSocketPort!.Value, limit.Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
        var answer = new StringBuilder();
        byte[] buffer = new byte[1000];
        try
        {
            int count;
            while ((complete || !answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                && (count = await stream.ReadAsync(buffer, limit.Token)) > 0)
            {
                answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // Closed with what was sent unread.
        }

        return answer.ToString();
    }
}
