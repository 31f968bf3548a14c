using System.Collections.Concurrent;
using System.Threading.Channels;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>QoS 2 packet by packet, with the connection lost between any two of them (MQTT 5.0, sections 4.3.3 and 4.4).</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ExactlyOnceHandshakeTests
{
    [Test]
    public async Task A_message_is_handed_on_once_wherever_the_connection_breaks(
        [Values] MqttProtocolVersion version, [Values("PUBREC lost", "PUBREL lost", "PUBCOMP lost", "nothing lost")] string what)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, version));
        ChannelReader<Received> received = await client.ListenAsync(Qos2, "a");
        ScriptedServer.Conversation conversation = await server.StartAsync(client, version);
        PublishPacket packet = Publish("a", "1", 7) with { QualityOfService = Qos2 };
        await conversation.SendAsync(packet);
        (await received.NextAsync()).Payload.Should().Be("1");
        await ExpectAsync(conversation, PacketType.PubRec, 7);
        if (what == "PUBREC lost")
        {
            conversation = await ReplaceAsync(server, conversation, version);
            await conversation.SendAsync(packet with { Duplicate = true });
            await ExpectAsync(conversation, PacketType.PubRec, 7);
        }

        if (what == "PUBREL lost")
        {
            conversation = await ReplaceAsync(server, conversation, version);
        }

        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRel, 7));
        await ExpectAsync(conversation, PacketType.PubComp, 7);
        if (what == "PUBCOMP lost")
        {
            conversation = await ReplaceAsync(server, conversation, version);
            await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRel, 7));
            await ExpectAsync(conversation, PacketType.PubComp, 7, version == V5 ? MqttReasonCode.PacketIdentifierNotFound : MqttReasonCode.Success);
        }

        // With the identifier another message may come now, whatever it is marked as.
        await conversation.SendAsync(Publish("a", "2", 7) with { QualityOfService = Qos2, Duplicate = true });
        (await received.NextAsync()).Payload.Should().Be("2");
        await ExpectAsync(conversation, PacketType.PubRec, 7);
        conversation.Dispose();
    }

    [Test]
    public async Task What_comes_again_while_it_is_handled_is_acknowledged_when_that_is_done([Values] bool again)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, V5));
        var taken = Channel.CreateUnbounded<MqttAcknowledgement>();
        await client.SubscribeAsync(
            ["a"],
            (message, _) =>
            {
                taken.Writer.TryWrite(message.DeferAcknowledgement());
                return default;
            },
            Qos2);
        ScriptedServer.Conversation conversation = await server.StartAsync(client);
        PublishPacket first = Publish("a", "1", 1) with { QualityOfService = Qos2 };
        PublishPacket second = Publish("a", "2", 2) with { QualityOfService = Qos2 };
        await conversation.SendAsync(first);
        await conversation.SendAsync(second);
        MqttAcknowledgement firstTaken = await taken.Reader.NextAsync();
        MqttAcknowledgement secondTaken = await taken.Reader.NextAsync();
        for (int i = 0; i < (again ? 2 : 1); i++)
        {
            conversation = await ReplaceAsync(server, conversation, V5);
            await conversation.SendAsync(first with { Duplicate = true });
            await conversation.SendAsync(second with { Duplicate = true });
            await conversation.SendAsync(Publish("a", "3", (ushort)(3 + i)));
            await taken.Reader.NextAsync();
        }

        secondTaken.Complete();
        firstTaken.Complete();
        await ExpectAsync(conversation, PacketType.PubRec, 1);
        await ExpectAsync(conversation, PacketType.PubRec, 2);
        taken.Reader.Count.Should().Be(0);
        conversation.Dispose();
    }

    [Test]
    public async Task A_session_that_the_server_has_forgotten_leaves_no_identifiers_behind()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, V5));
        ChannelReader<Received> received = await client.ListenAsync(Qos2, "a");
        ScriptedServer.Conversation conversation = await server.StartAsync(client);
        await conversation.SendAsync(Publish("a", "1", 7) with { QualityOfService = Qos2 });
        await received.NextAsync();
        conversation.Dispose();

        using ScriptedServer.Conversation next = await server.WelcomeAsync(sessionPresent: false);
        await next.GrantAsync();
        await next.SendAsync(Publish("a", "2", 7) with { QualityOfService = Qos2 });
        (await received.NextAsync()).Payload.Should().Be("2");
    }

    [Test]
    public async Task Messages_of_both_kinds_are_acknowledged_in_the_order_in_which_they_came()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, V5));
        var taken = new ConcurrentStack<MqttAcknowledgement>();
        await client.SubscribeAsync(
            ["a"],
            (message, _) =>
            {
                taken.Push(message.DeferAcknowledgement());
                return default;
            },
            Qos2);
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        for (ushort i = 1; i <= 6; i++)
        {
            await conversation.SendAsync(Publish("a", $"{i}", i) with { QualityOfService = i % 2 == 0 ? Qos1 : Qos2 });
        }

        await Limits.UntilAsync(() => taken.Count == 6, "six messages");
        while (taken.TryPop(out MqttAcknowledgement last))
        {
            last.Complete();
        }

        for (ushort i = 1; i <= 6; i++)
        {
            await ExpectAsync(conversation, i % 2 == 0 ? PacketType.PubAck : PacketType.PubRec, i);
        }
    }

    [Test]
    public async Task A_message_that_is_not_released_counts_for_the_receive_maximum()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, V5) with { ReceiveMaximum = 2 });
        await client.ListenAsync(Qos2, "a");
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        for (ushort i = 1; i <= 2; i++)
        {
            await conversation.SendAsync(Publish("a", "x", i) with { QualityOfService = Qos2 });
            await ExpectAsync(conversation, PacketType.PubRec, i);
        }

        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRel, 1));
        await ExpectAsync(conversation, PacketType.PubComp, 1);
        await conversation.SendAsync(Publish("a", "x", 3) with { QualityOfService = Qos2 });
        await ExpectAsync(conversation, PacketType.PubRec, 3);
        await conversation.SendAsync(Publish("a", "x", 4) with { QualityOfService = Qos2 });
        (await conversation.ReceiveAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Test]
    public async Task What_is_published_goes_on_in_the_phase_in_which_the_connection_broke([Values] MqttProtocolVersion version, [Values] bool sessionPresent)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, version));
        Task connecting = client.ConnectAsync();
        ScriptedServer.Conversation first = await server.WelcomeAsync(version);
        await connecting.WaitAsync(Limits.Wait);
        Task[] published = [.. Enumerable.Range(0, 4).Select(i => client.PublishAsync("t", Bytes($"{i}"), Qos2).AsTask())];
        ushort[] identifiers = new ushort[4];
        for (int i = 0; i < 4; i++)
        {
            identifiers[i] = (await first.ReceiveAsync<PublishPacket>()).PacketIdentifier;
        }

        foreach (int i in (int[])[3, 1])
        {
            await first.SendAsync(new AcknowledgePacket(PacketType.PubRec, identifiers[i]));
            await ExpectAsync(first, PacketType.PubRel, identifiers[i]);
        }

        await first.SendAsync(new AcknowledgePacket(PacketType.PubComp, identifiers[3]));
        await published[3].WaitAsync(Limits.Wait);
        published[1].IsCompleted.Should().BeFalse();
        first.Dispose();

        using ScriptedServer.Conversation second = await server.WelcomeAsync(
            version, sessionPresent, version == V5 ? new PacketProperties { ReceiveMaximum = 1 } : null);
        if (sessionPresent)
        {
            await ExpectAsync(second, PacketType.PubRel, identifiers[1]);
        }

        foreach (int i in sessionPresent ? (int[])[0, 2] : [0, 1, 2])
        {
            PublishPacket packet = await second.ReceiveAsync<PublishPacket>();
            Text(packet.Payload).Should().Be($"{i}");
            packet.Duplicate.Should().Be(sessionPresent);
            await second.SendAsync(new AcknowledgePacket(PacketType.PubRec, packet.PacketIdentifier));
            if (version == V3)
            {
                continue;
            }

            await ExpectAsync(second, PacketType.PubRel, packet.PacketIdentifier);
            await second.SendAsync(new AcknowledgePacket(PacketType.PubComp, packet.PacketIdentifier));
        }

        if (version == V3)
        {
            foreach (int i in sessionPresent ? (int[])[0, 2] : [0, 1, 2])
            {
                await ExpectAsync(second, PacketType.PubRel, identifiers[i]);
                await second.SendAsync(new AcknowledgePacket(PacketType.PubComp, identifiers[i]));
            }
        }

        if (sessionPresent)
        {
            await second.SendAsync(new AcknowledgePacket(
                PacketType.PubComp, identifiers[1], version == V5 ? MqttReasonCode.PacketIdentifierNotFound : MqttReasonCode.Success));
        }

        await Task.WhenAll(published).WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_refusal_ends_a_message_at_once_and_its_identifier_is_free_again()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, V5) with { MaximumInFlight = 1 });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        Task refused = client.PublishAsync("t", default, Qos2).AsTask();
        ushort identifier = (await conversation.ReceiveAsync<PublishPacket>()).PacketIdentifier;
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRec, identifier, MqttReasonCode.NotAuthorized));
        (await FluentActions.Awaiting(() => refused.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>())
            .Which.ReasonCode.Should().Be(MqttReasonCode.NotAuthorized);
        Task next = client.PublishAsync("t", default, Qos2).AsTask();
        (await conversation.ReceiveAsync<PublishPacket>()).PacketIdentifier.Should().Be(identifier);
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRec, identifier));
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRec, identifier));
        await ExpectAsync(conversation, PacketType.PubRel, identifier);
        await ExpectAsync(conversation, PacketType.PubRel, identifier);
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubComp, identifier));
        await next.WaitAsync(Limits.Wait);

        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRec, 99));
        await ExpectAsync(conversation, PacketType.PubRel, 99, MqttReasonCode.PacketIdentifierNotFound);
    }

    [TestCase(MqttQualityOfService.AtLeastOnce, "50 02 0001")]
    [TestCase(MqttQualityOfService.AtLeastOnce, "70 02 0001")]
    [TestCase(MqttQualityOfService.ExactlyOnce, "40 02 0001")]
    [TestCase(MqttQualityOfService.ExactlyOnce, "70 02 0001")]
    public async Task An_answer_of_another_quality_of_service_breaks_the_protocol(MqttQualityOfService qos, string hex)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Kept(server.Port, V5));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        Task published = client.PublishAsync("t", default, qos).AsTask();
        (await conversation.ReceiveAsync<PublishPacket>()).PacketIdentifier.Should().Be(1);
        await conversation.SendRawAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        (await conversation.ReceiveAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ProtocolError);
        published.IsCompleted.Should().BeFalse("the message is sent again");
    }

    private static MqttClientOptions Kept(int port, MqttProtocolVersion version) => Options(port, version) with
    {
        ClientId = "kept",
        CleanStart = false,
        SessionExpiry = version == V5 ? TimeSpan.FromHours(1) : TimeSpan.Zero,
    };

    private static async Task<ScriptedServer.Conversation> ReplaceAsync(ScriptedServer server, ScriptedServer.Conversation lost, MqttProtocolVersion version)
    {
        lost.Dispose();
        return await server.WelcomeAsync(version, sessionPresent: true);
    }

    private static async Task ExpectAsync(
        ScriptedServer.Conversation conversation, PacketType type, ushort identifier, MqttReasonCode code = MqttReasonCode.Success) =>
        (await conversation.ReceiveAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(type, identifier, code));
}
