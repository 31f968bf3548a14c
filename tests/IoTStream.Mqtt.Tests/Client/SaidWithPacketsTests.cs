using System.Net;
using System.Net.Sockets;
using System.Text;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>What a client can say with packets besides what they are for: properties of the will, user properties, reasons, headers of a WebSocket.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SaidWithPacketsTests
{
    private static readonly MqttUserProperty[] Properties = [new("a", "1"), new("b", "2"), new("a", "3")];

    private static readonly MqttWill Will = new()
    {
        Topic = "gone",
        Payload = Bytes("x"),
        Delay = TimeSpan.FromSeconds(3),
        ContentType = "text/plain",
        IsText = true,
        Expiry = TimeSpan.FromSeconds(9.5),
        ResponseTopic = "answers",
        CorrelationData = new byte[] { 1, 2 },
        UserProperties = Properties,
    };

    [Test]
    public async Task All_is_said()
    {
        using var server = new ScriptedServer();
        var client = new MqttClient(Options(server.Port) with { Will = Will, UserProperties = Properties });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        conversation.Connect!.Properties!.UserProperties.Should().Equal(Properties);
        PacketProperties will = conversation.Connect.Will!.Properties!;
        (will.WillDelayInterval, will.ContentType, will.PayloadFormatIndicator, will.MessageExpiryInterval, will.ResponseTopic)
            .Should().Be((3u, "text/plain", (byte)1, 10u, "answers"));
        will.CorrelationData.Should().Equal(1, 2);
        will.UserProperties.Should().Equal(Properties);

        Task<MqttSubscription> subscribing = client.SubscribeAsync(["t"], (_, _) => default, new MqttSubscribeOptions { UserProperties = Properties });
        SubscribePacket subscribe = await conversation.ReceiveAsync<SubscribePacket>();
        subscribe.Properties!.UserProperties.Should().Equal(Properties);
        await conversation.SendAsync(new SubAckPacket(PacketType.SubAck, subscribe.PacketIdentifier, [MqttReasonCode.Success]));
        MqttSubscription subscription = await subscribing.WaitAsync(Limits.Wait);
        Task unsubscribing = subscription.UnsubscribeAsync(Properties).AsTask();
        UnsubscribePacket unsubscribe = await conversation.ReceiveAsync<UnsubscribePacket>();
        unsubscribe.Properties!.UserProperties.Should().Equal(Properties);
        await conversation.SendAsync(new SubAckPacket(PacketType.UnsubAck, unsubscribe.PacketIdentifier, [MqttReasonCode.Success]));
        await unsubscribing.WaitAsync(Limits.Wait);

        Task disconnecting = client.DisconnectAsync(
            new MqttDisconnectOptions { PublishWill = true, Reason = "shift ends", SessionExpiry = TimeSpan.FromMinutes(1), UserProperties = Properties }).AsTask();
        DisconnectPacket disconnect = await conversation.ReceiveAsync<DisconnectPacket>();
        (disconnect.ReasonCode, disconnect.Properties!.ReasonString, disconnect.Properties.SessionExpiryInterval).Should().Be((MqttReasonCode.DisconnectWithWill, "shift ends", 60u));
        disconnect.Properties.UserProperties.Should().Equal(Properties);
        (await conversation.TryReceiveAsync()).Should().BeNull();
        await disconnecting.WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task What_is_for_people_is_left_out_of_a_good_bye_that_is_too_large()
    {
        using var server = new ScriptedServer();
        var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync(properties: new PacketProperties { MaximumPacketSize = 40 });
        await connecting.WaitAsync(Limits.Wait);
        Task disconnecting = client.DisconnectAsync(new MqttDisconnectOptions { SessionExpiry = TimeSpan.Zero, Reason = new string('x', 40) }).AsTask();
        DisconnectPacket disconnect = await conversation.ReceiveAsync<DisconnectPacket>();
        (disconnect.Properties!.ReasonString, disconnect.Properties.SessionExpiryInterval).Should().Be((null, 0u));
        (await conversation.TryReceiveAsync()).Should().BeNull();
        await disconnecting.WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_will_comes_with_all_its_properties()
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        await using var watcher = new MqttClient(Options(broker.Port));
        var will = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await watcher.SubscribeAsync(["gone"], (message, _) =>
        {
            will.TrySetResult(
                $"{message.ContentType} {message.IsText} {message.Expiry} {message.ResponseTopic} {message.CorrelationData?.Length} {string.Join(",", message.UserProperties.Select(property => property.Value))}");
            return default;
        });
        await watcher.ConnectAsync();
        var client = new MqttClient(Options(broker.Port) with { Will = Will with { Delay = TimeSpan.Zero } });
        await client.ConnectAsync();
        await client.DisconnectAsync(new MqttDisconnectOptions { PublishWill = true });
        (await will.Task.WaitAsync(Limits.Wait)).Should().Be("text/plain True 00:00:10 answers 2 1,2,3");
    }

    [Test]
    public async Task A_WebSocket_is_asked_for_with_headers()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var client = new MqttClient(Options(((IPEndPoint)listener.LocalEndpoint).Port) with
        {
            WebSocketPath = "/mqtt",
            WebSocketHeaders = new Dictionary<string, string>(StringComparer.Ordinal) { ["Authorization"] = "Bearer token", ["X-Plant"] = "7" },
        });
        Task connecting = client.ConnectAsync();
        using Socket socket = await listener.AcceptSocketAsync().WaitAsync(Limits.Wait);
        string request = "";
        byte[] buffer = new byte[4096];
        using var limit = new CancellationTokenSource(Limits.Wait);
        while (!request.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            request += Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
        }

        request.Should().Contain("Authorization: Bearer token\r\n").And.Contain("X-Plant: 7\r\n");
        socket.Close();
        await FluentActions.Awaiting(() => connecting.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>();
    }

    [Test]
    public async Task What_cannot_be_said_is_refused()
    {
        Create(Options(1) with { WebSocketHeaders = new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = "b" } }).Should().Throw<ArgumentException>().WithMessage("*WebSocketPath*");
        Create(Options(1, V3) with { UserProperties = Properties }).Should().Throw<ArgumentException>().WithMessage("*5.0*");
        Create(Options(1) with { Will = Will with { ResponseTopic = "a/#" } }).Should().Throw<ArgumentException>().WithMessage("*ResponseTopic*");
        Create(Options(1) with { Will = Will with { Expiry = TimeSpan.Zero } }).Should().Throw<ArgumentException>();
        await using var old = new MqttClient(Options(1, V3));
        await FluentActions.Awaiting(() => old.DisconnectAsync(new MqttDisconnectOptions()).AsTask()).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => old.SubscribeAsync(["a"], (_, _) => default, new MqttSubscribeOptions { UserProperties = Properties })).Should().ThrowAsync<ArgumentException>();

        static Action Create(MqttClientOptions options) => () => _ = new MqttClient(options);
    }
}
