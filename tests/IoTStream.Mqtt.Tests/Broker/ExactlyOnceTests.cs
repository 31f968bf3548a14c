using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>QoS 2 both ways, packet by packet (section 4.3.3), in both versions.</summary>
[TestFixture(MqttProtocolVersion.V311)]
[TestFixture(MqttProtocolVersion.V500)]
[Parallelizable(ParallelScope.All)]
internal sealed class ExactlyOnceTests(MqttProtocolVersion version)
{
    private const MqttQualityOfService Qos1 = MqttQualityOfService.AtLeastOnce;
    private const MqttQualityOfService Qos2 = MqttQualityOfService.ExactlyOnce;

    [Test]
    public async Task A_message_goes_through_both_handshakes()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient subscriber = await ConnectAsync(broker, "s");
        (await subscriber.SubscribeAsync(new TopicSubscription("a", Qos2))).ReasonCodes.Should().Equal(MqttReasonCode.GrantedQos2);
        await using RawClient publisher = await ConnectAsync(broker, "p");
        await publisher.PublishAsync("a", "x", Qos2, 7);
        (await publisher.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubRec, 7));
        await publisher.SendAsync(new AcknowledgePacket(PacketType.PubRel, 7));
        (await publisher.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubComp, 7));

        (PublishPacket packet, string payload) = await subscriber.ReadPublishAsync();
        (packet.QualityOfService, packet.Duplicate, payload).Should().Be((Qos2, false, "x"));
        await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubRec, packet.PacketIdentifier));
        (await subscriber.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubRel, packet.PacketIdentifier));
        await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubComp, packet.PacketIdentifier));
        await subscriber.PingAsync();
        broker.Statistics.ProtocolErrors.Should().Be(0);
    }

    [Test]
    public async Task A_publisher_that_repeats_itself_is_heard_once()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient subscriber = await ConnectAsync(broker, "s");
        await subscriber.SubscribeAsync(new TopicSubscription("a", Qos1));
        await using (RawClient publisher = await ConnectAsync(broker, "p", lasting: true))
        {
            await publisher.PublishAsync("a", "once", Qos2, 7);
            (await publisher.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
            await publisher.PublishAsync("a", "again", Qos2, 7);
            (await publisher.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the publisher is away");
        await using RawClient back = await ConnectAsync(broker, "p", lasting: true);
        await back.PublishAsync("a", "on another connection", Qos2, 7);
        (await back.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        await back.SendAsync(new AcknowledgePacket(PacketType.PubRel, 7));
        (await back.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubComp);
        await back.PublishAsync("a", "next", Qos2, 7);
        (await subscriber.ReadPublishAsync()).Payload.Should().Be("once");
        (await subscriber.ReadPublishAsync()).Payload.Should().Be("next");
    }

    [Test]
    public async Task A_new_connection_goes_on_where_the_handshakes_were()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient publisher = await ConnectAsync(broker, "p");
        ushort received;
        ushort sent;
        await using (RawClient subscriber = await ConnectAsync(broker, "s", lasting: true))
        {
            await subscriber.SubscribeAsync(new TopicSubscription("a", Qos2));
            await PublishAsync(publisher, 1);
            await PublishAsync(publisher, 2);
            received = (await subscriber.ReadPublishAsync()).Packet.PacketIdentifier;
            sent = (await subscriber.ReadPublishAsync()).Packet.PacketIdentifier;
            await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubRec, received));
            (await subscriber.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRel);
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the subscriber is away");
        await using RawClient back = await ConnectAsync(broker, "s", lasting: true);
        (PublishPacket packet, string payload) = await back.ReadPublishAsync();
        (packet.PacketIdentifier, packet.Duplicate, payload).Should().Be((sent, true, "2"));
        (await back.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubRel, received));
        await back.SendAsync(new AcknowledgePacket(PacketType.PubComp, received));
        await back.SendAsync(new AcknowledgePacket(PacketType.PubRec, sent));
        (await back.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubRel, sent));
        await back.SendAsync(new AcknowledgePacket(PacketType.PubRec, sent));
        (await back.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubRel, sent), "the first may be lost");
        await back.SendAsync(new AcknowledgePacket(PacketType.PubComp, sent));
        await back.PingAsync();
    }

    [Test]
    public async Task A_handshake_holds_its_place_in_the_window_until_it_is_over()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxInflightMessages = 1 });
        await using RawClient subscriber = await ConnectAsync(broker, "s");
        await subscriber.SubscribeAsync(new TopicSubscription("a", Qos2));
        await using RawClient publisher = await ConnectAsync(broker, "p");
        await PublishAsync(publisher, 1);
        await PublishAsync(publisher, 2);
        ushort first = (await subscriber.ReadPublishAsync()).Packet.PacketIdentifier;
        await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubRec, first));
        (await subscriber.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRel);
        await subscriber.PingAsync();
        await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubComp, first));
        (await subscriber.ReadPublishAsync()).Payload.Should().Be("2");
    }

    [Test]
    public async Task Only_clients_that_are_told_of_a_maximum_are_held_to_it()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { ReceiveMaximum = 5 });
        await using RawClient client = await ConnectAsync(broker, "c");
        for (ushort id = 1; id <= 6; id++)
        {
            await client.PublishAsync("a", "x", Qos2, (ushort)(id * 10_000));
        }

        for (int i = 0; i < 5; i++)
        {
            (await client.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        }

        if (version == MqttProtocolVersion.V500)
        {
            (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ReceiveMaximumExceeded);
        }
        else
        {
            (await client.ReadAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(60_000);
        }
    }

    [Test]
    public async Task What_nobody_knows_of_is_answered_all_the_same()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await ConnectAsync(broker, "c");
        MqttReasonCode code = version == MqttProtocolVersion.V500 ? MqttReasonCode.PacketIdentifierNotFound : MqttReasonCode.Success;
        await client.SendAsync(new AcknowledgePacket(PacketType.PubRel, 9));
        (await client.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubComp, 9, code));
        await client.SendAsync(new AcknowledgePacket(PacketType.PubRec, 9));
        (await client.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubRel, 9, code));
        await client.SendAsync(new AcknowledgePacket(PacketType.PubComp, 9));
        await client.SendAsync(new AcknowledgePacket(PacketType.PubAck, 9));
        await client.PingAsync();
    }

    [TestCase(Qos2, PacketType.PubAck)]
    [TestCase(Qos2, PacketType.PubComp)]
    [TestCase(Qos1, PacketType.PubRec)]
    [TestCase(Qos1, PacketType.PubComp)]
    public async Task The_wrong_answer_is_a_violation(MqttQualityOfService qos, PacketType answer)
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await ConnectAsync(broker, "c");
        await client.SubscribeAsync(new TopicSubscription("a", qos));
        await using RawClient publisher = await ConnectAsync(broker, "p");
        await PublishAsync(publisher, 1);
        ushort identifier = (await client.ReadPublishAsync()).Packet.PacketIdentifier;
        await client.SendAsync(new AcknowledgePacket(answer, identifier));
        if (version == MqttProtocolVersion.V500)
        {
            (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ProtocolError);
        }

        (await client.ReadAsync()).Should().BeNull("the connection is closed");
        await publisher.PingAsync();
    }

    private static async Task PublishAsync(RawClient publisher, ushort id)
    {
        await publisher.PublishAsync("a", $"{id}", Qos2, id);
        await publisher.ReadAsync<AcknowledgePacket>();
        await publisher.SendAsync(new AcknowledgePacket(PacketType.PubRel, id));
        await publisher.ReadAsync<AcknowledgePacket>();
    }

    private Task<RawClient> ConnectAsync(MqttBroker broker, string client, bool lasting = false) =>
        RawClient.ConnectAsync(broker.Port, new ConnectPacket
        {
            Version = version,
            ClientIdentifier = client,
            CleanStart = !lasting,
            Properties = version == MqttProtocolVersion.V500
                ? new PacketProperties { SessionExpiryInterval = lasting ? 1000 : 0u }
                : null,
        });
}
