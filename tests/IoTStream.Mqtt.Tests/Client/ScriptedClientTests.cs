using System.Threading.Channels;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>The client's behaviour packet by packet, against a server that can be made to do anything.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ScriptedClientTests
{
    [Test]
    public async Task Connect_says_what_the_options_say()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with
        {
            ClientId = "c1",
            UserName = "u",
            Password = "p",
            CleanStart = false,
            SessionExpiry = Timeout.InfiniteTimeSpan,
            KeepAlive = TimeSpan.FromSeconds(17),
            ReceiveMaximum = 12,
            MaximumPacketSize = 3000,
            Will = new MqttWill { Topic = "w", Payload = Bytes("gone"), QualityOfService = Qos1, Retain = true, Delay = TimeSpan.FromSeconds(4) },
        });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);

        ConnectPacket packet = conversation.Connect!;
        packet.ClientIdentifier.Should().Be("c1");
        packet.UserName.Should().Be("u");
        packet.Password.Should().Equal((byte)'p');
        packet.CleanStart.Should().BeFalse();
        packet.KeepAlive.Should().Be(17);
        packet.Properties!.SessionExpiryInterval.Should().Be(uint.MaxValue);
        packet.Properties.ReceiveMaximum.Should().Be(12);
        packet.Properties.MaximumPacketSize.Should().Be(3000);
        packet.Will!.Topic.Text.Should().Be("w");
        packet.Will.Retain.Should().BeTrue();
        packet.Will.Properties!.WillDelayInterval.Should().Be(4);
        Task disposing = client.DisposeAsync().AsTask();
        (await conversation.ReceiveAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.Success, "disposal says good-bye");
        (await conversation.TryReceiveAsync()).Should().BeNull();
        await disposing.WaitAsync(Limits.Wait);
    }

    [TestCase(MqttReasonCode.BadUserNameOrPassword, false)]
    [TestCase(MqttReasonCode.Banned, false)]
    [TestCase(MqttReasonCode.ServerBusy, true)]
    public async Task A_refusal_carries_its_reason(MqttReasonCode code, bool isTransient)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.AcceptAsync();
        await conversation.ReceiveAsync<ConnectPacket>();
        await conversation.SendAsync(new ConnAckPacket(code, Properties: new PacketProperties { ReasonString = "because" }));

        MqttRefusedException refusal = (await FluentActions.Awaiting(() => connecting.WaitAsync(Limits.Wait))
            .Should().ThrowAsync<MqttRefusedException>().WithMessage("*because*")).Which;
        refusal.ReasonCode.Should().Be(code);
        refusal.IsTransient.Should().Be(isTransient);
        Task again = client.ConnectAsync();
        using ScriptedServer.Conversation second = await server.WelcomeAsync();
        await again.WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task The_servers_keep_alive_is_used_instead_of_the_clients()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { KeepAlive = TimeSpan.Zero });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync(properties: new PacketProperties { ServerKeepAlive = 1 });
        await connecting.WaitAsync(Limits.Wait);
        await conversation.ReceiveAsync<PingPacket>();
    }

    [Test]
    public async Task What_is_no_message_does_not_wait_for_the_servers_receive_maximum()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync(properties: new PacketProperties { ReceiveMaximum = 1 });
        await connecting.WaitAsync(Limits.Wait);
        Task first = client.PublishAsync("t", Bytes("1"), Qos1).AsTask();
        Task second = client.PublishAsync("t", Bytes("2"), Qos1).AsTask();
        PublishPacket sent = await conversation.ReceiveAsync<PublishPacket>();
        Task<MqttSubscription> subscribing = client.SubscribeAsync(["s"], (_, _) => default);
        await conversation.GrantAsync();
        await subscribing.WaitAsync(Limits.Wait);
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, sent.PacketIdentifier));
        await first.WaitAsync(Limits.Wait);
        sent = await conversation.ReceiveAsync<PublishPacket>();
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, sent.PacketIdentifier));
        await second.WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_session_that_has_begun_is_not_thrown_away_although_its_subscription_was_not_made()
    {
        using var server = new ScriptedServer();
        MqttClientOptions options = Options(server.Port);
        await using var client = new MqttClient(options with { SessionExpiry = TimeSpan.FromHours(1), Reconnect = options.Reconnect with { RetryFirst = true } });
        await client.SubscribeAsync(["s"], (_, _) => default);
        Task connecting = client.ConnectAsync();
        using (ScriptedServer.Conversation first = await server.WelcomeAsync())
        {
            first.Connect!.CleanStart.Should().BeTrue();
            await first.ReceiveAsync<SubscribePacket>();
        }

        using ScriptedServer.Conversation second = await server.WelcomeAsync(sessionPresent: true);
        second.Connect!.CleanStart.Should().BeFalse();
        await second.GrantAsync();
        await connecting.WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_server_that_has_not_forgotten_the_session_is_left()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync(sessionPresent: true);
        (await conversation.TryReceiveAsync()).Should().BeNull();
        (await FluentActions.Awaiting(() => connecting.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>()).WithMessage("*session*");
    }

    [TestCase(V5, "F0 00", MqttReasonCode.ProtocolError, "AUTH without an authentication")]
    [TestCase(V5, "00 00", MqttReasonCode.MalformedPacket, "packet type 0")]
    [TestCase(V5, "30 FF FF FF FF 01", MqttReasonCode.MalformedPacket, "remaining length of five bytes")]
    [TestCase(V5, "30 FF FF FF 7F", MqttReasonCode.PacketTooLarge, "a packet of 256 MiB")]
    [TestCase(V5, "36 04 0001 61 00", MqttReasonCode.MalformedPacket, "QoS 3")]
    [TestCase(V5, "30 04 0001 23 00", MqttReasonCode.ProtocolError, "a wildcard in a topic")]
    [TestCase(V5, "30 07 0001 61 03 230001", MqttReasonCode.TopicAliasInvalid, "a topic alias")]
    [TestCase(V5, "10 00", MqttReasonCode.ProtocolError, "CONNECT from a server")]
    [TestCase(V5, "20 03 00 00 00", MqttReasonCode.ProtocolError, "a second CONNACK")]
    [TestCase(V5, "90 04 9999 00 00", MqttReasonCode.ProtocolError, "SUBACK for nothing")]
    [TestCase(V5, "D0 01 00", MqttReasonCode.MalformedPacket, "PINGRESP with a body")]
    [TestCase(V3, "E0 00", null, "DISCONNECT from a server in 3.1.1")]
    [TestCase(V3, "FF 00", null, "packet type 15 in 3.1.1")]
    public async Task A_malformed_packet_ends_the_connection_with_its_reason_and_a_new_one_is_made(
        MqttProtocolVersion version, string hex, MqttReasonCode? expected, string what)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port, version));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync(version);
        await connecting.WaitAsync(Limits.Wait);
        await conversation.SendRawAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        object? answer = await conversation.TryReceiveAsync();
        if (expected is { } code)
        {
            answer.Should().BeOfType<DisconnectPacket>(what).Which.ReasonCode.Should().Be(code, what);
            answer = await conversation.TryReceiveAsync();
        }

        answer.Should().BeNull("the client closes the connection");
        using ScriptedServer.Conversation next = await server.WelcomeAsync(version);
        await Limits.UntilAsync(() => client.IsConnected, "the client is connected again");
    }

    [Test]
    public async Task The_servers_receive_maximum_is_respected()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync(properties: new PacketProperties { ReceiveMaximum = 2 });
        await connecting.WaitAsync(Limits.Wait);
        Task[] published = [.. Enumerable.Range(0, 5).Select(i => client.PublishAsync("t", Bytes($"{i}"), Qos1).AsTask())];
        var identifiers = new Queue<ushort>();
        for (int i = 0; i < 2; i++)
        {
            identifiers.Enqueue((await conversation.ReceiveAsync<PublishPacket>()).PacketIdentifier);
        }

        Task subscribing = client.SubscribeAsync(["marker"], (_, _) => default);
        await conversation.GrantAsync();
        await subscribing.WaitAsync(Limits.Wait);
        for (int i = 2; i < 5; i++)
        {
            published[i - 2].IsCompleted.Should().BeFalse();
            await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, identifiers.Dequeue()));
            PublishPacket packet = await conversation.ReceiveAsync<PublishPacket>();
            Text(packet.Payload).Should().Be($"{i}", "the third message comes after the first acknowledgement");
            identifiers.Enqueue(packet.PacketIdentifier);
        }
    }

    [Test]
    public async Task Unacknowledged_messages_are_sent_again_first_and_in_order([Values] bool sessionPresent)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { SessionExpiry = TimeSpan.FromMinutes(1) });
        Task connecting = client.ConnectAsync();
        ScriptedServer.Conversation first = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        Task[] published = [.. Enumerable.Range(0, 4).Select(i => client.PublishAsync("t", Bytes($"{i}"), Qos1).AsTask())];
        for (int i = 0; i < 4; i++)
        {
            PublishPacket packet = await first.ReceiveAsync<PublishPacket>();
            if (i == 1)
            {
                await first.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
                await published[1].WaitAsync(Limits.Wait);
            }
        }

        first.Dispose();
        await Limits.UntilAsync(() => !client.IsConnected, "the loss is noticed");
        Task later = client.PublishAsync("t", Bytes("later"), Qos1).AsTask();
        using ScriptedServer.Conversation second = await server.WelcomeAsync(
            sessionPresent: sessionPresent, properties: new PacketProperties { ReceiveMaximum = 2 });
        second.Connect!.CleanStart.Should().BeFalse("the session is the client's own");
        foreach (string payload in (string[])["0", "2", "3", "later"])
        {
            PublishPacket packet = await second.ReceiveAsync<PublishPacket>();
            Text(packet.Payload).Should().Be(payload);
            packet.Duplicate.Should().Be(sessionPresent && payload != "later");
            await second.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
        }

        await Task.WhenAll([.. published, later]).WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task Subscriptions_are_made_again_only_if_the_server_has_forgotten_them([Values] bool sessionPresent)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { SessionExpiry = TimeSpan.FromMinutes(1) });
        ChannelReader<Received> received = await client.ListenAsync(Qos1, "a", "b/#");
        (await server.StartAsync(client)).Dispose();
        using ScriptedServer.Conversation second = await server.WelcomeAsync(sessionPresent: sessionPresent);
        if (!sessionPresent)
        {
            await second.GrantAsync();
        }

        await second.SendAsync(Publish("b/c", "1", 5));
        (await received.NextAsync()).Topic.Should().Be("b/c");
        (await second.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(5);
    }

    [Test]
    public async Task A_refused_subscription_throws_and_leaves_nothing_behind()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        Task<ChannelReader<Received>> subscribing = client.ListenAsync(Qos1, "mine", "theirs");
        SubscribePacket request = await conversation.ReceiveAsync<SubscribePacket>();
        await conversation.SendAsync(new SubAckPacket(
            PacketType.SubAck, request.PacketIdentifier, [MqttReasonCode.GrantedQos1, MqttReasonCode.NotAuthorized]));

        (await FluentActions.Awaiting(() => subscribing).Should().ThrowAsync<MqttRefusedException>().WithMessage("*'theirs'*"))
            .Which.ReasonCode.Should().Be(MqttReasonCode.NotAuthorized);
        (await conversation.ReceiveAsync<UnsubscribePacket>()).Filters.Should().Equal("mine", "theirs");
        await conversation.SendAsync(Publish("mine", "1", 1));
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(1);
        client.UnhandledMessages.Should().Be(1);
    }

    [Test]
    public async Task A_silent_server_is_pinged_and_then_left()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { KeepAlive = TimeSpan.FromSeconds(1) });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        (await conversation.ReceiveAsync<PingPacket>()).Type.Should().Be(PacketType.PingReq);
        await conversation.SendAsync(new PingPacket(PacketType.PingResp));
        (await conversation.ReceiveAsync<PingPacket>()).Type.Should().Be(PacketType.PingReq, "the server has answered the first");

        using ScriptedServer.Conversation next = await server.WelcomeAsync();
        await Limits.UntilAsync(() => client.IsConnected, "the client is connected again");
    }

    [Test]
    public async Task A_session_that_another_client_takes_over_is_not_fought_for()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { ClientId = "twin" });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        await conversation.SendAsync(new DisconnectPacket(MqttReasonCode.SessionTakenOver));
        (await FluentActions.Awaiting(() => client.Completion.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>())
            .Which.ReasonCode.Should().Be(MqttReasonCode.SessionTakenOver);
    }

    [Test]
    public async Task Waiting_can_be_cancelled_everywhere()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { MaximumInFlight = 1 });
        using var cancellation = new CancellationTokenSource();
        Task connecting = client.ConnectAsync(cancellation.Token);
        using ScriptedServer.Conversation deaf = await server.AcceptAsync();
        await deaf.ReceiveAsync<ConnectPacket>();
        await cancellation.CancelAsync();
        await ShouldBeCancelledAsync(connecting);

        connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        using var second = new CancellationTokenSource();
        Task sent = client.PublishAsync("t", default, Qos1, cancellationToken: second.Token).AsTask();
        Task waiting = client.PublishAsync("t", default, Qos1, cancellationToken: second.Token).AsTask();
        Task subscribing = client.SubscribeAsync(["x"], (_, _) => default, cancellationToken: second.Token);
        PublishPacket packet = await conversation.ReceiveAsync<PublishPacket>();
        await conversation.ReceiveAsync<SubscribePacket>();
        await second.CancelAsync();
        await ShouldBeCancelledAsync(sent);
        await ShouldBeCancelledAsync(waiting);
        await ShouldBeCancelledAsync(subscribing);
        (await conversation.ReceiveAsync<UnsubscribePacket>()).Filters.Should().Equal("x");

        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
        sent = client.PublishAsync("t", default, Qos1).AsTask();
        packet = await conversation.ReceiveAsync<PublishPacket>();
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
        await sent.WaitAsync(Limits.Wait);
        await ShouldBeCancelledAsync(client.PublishAsync("t", default, Qos0, cancellationToken: second.Token).AsTask());

        static async Task ShouldBeCancelledAsync(Task task) =>
            await FluentActions.Awaiting(() => task.WaitAsync(Limits.Wait)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Test]
    public async Task Limits_of_the_server_are_told_to_the_publisher()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync(
            properties: new PacketProperties { MaximumPacketSize = 100, RetainAvailable = false, MaximumQoS = 0 });
        await connecting.WaitAsync(Limits.Wait);
        await FluentActions.Awaiting(() => client.PublishAsync("t", new byte[100]).AsTask()).Should().ThrowAsync<MqttClientException>();
        (await FluentActions.Awaiting(() => client.PublishAsync("t", default, retain: true).AsTask()).Should().ThrowAsync<MqttRefusedException>())
            .Which.ReasonCode.Should().Be(MqttReasonCode.RetainNotSupported);
        (await FluentActions.Awaiting(() => client.PublishAsync("t", default, Qos1).AsTask()).Should().ThrowAsync<MqttRefusedException>())
            .Which.ReasonCode.Should().Be(MqttReasonCode.QosNotSupported);
        await client.PublishAsync("t", new byte[90]).AsTask().WaitAsync(Limits.Wait);
    }

    [Test]
    public void Options_that_cannot_work_are_refused_with_advice()
    {
        foreach ((MqttClientOptions options, string advice) in ((MqttClientOptions, string)[])
        [
            (Options(1) with { CleanStart = false }, "*ClientId*"),
            (Options(1, V3) with { SessionExpiry = TimeSpan.FromSeconds(1) }, "*CleanStart*"),
            (Options(1) with { Host = "" }, "*Host*"),
            (Options(70_000), "*Port*"),
            (Options(1) with { Will = new MqttWill { Topic = "a/#" } }, "*Will.Topic*"),
            (Options(1) with { MaximumInFlight = 0 }, "*1 to 32767*"),
            (Options(1) with { Reconnect = new MqttReconnectOptions { MaximumRefusals = 0 } }, "*MaximumRefusals*"),
        ])
        {
            FluentActions.Invoking(() => new MqttClient(options)).Should().Throw<ArgumentException>().WithMessage(advice);
        }

        (Options(1) with { Password = "secret" }).ToString().Should().Be("mqtt://127.0.0.1:1");
    }

    /// <summary>Connects a client that has prepared one subscription.</summary>
}
