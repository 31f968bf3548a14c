using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class BrokerSessionTests
{
    private const MqttQualityOfService Qos1 = MqttQualityOfService.AtLeastOnce;

    [Test]
    public async Task A_second_connection_takes_the_session_over()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient first = await RawClient.ConnectAsync(broker.Port, Lasting("c"));
        await first.SubscribeAsync(new TopicSubscription("a"));
        await using RawClient second = await RawClient.OpenAsync(broker.Port);
        await second.SendAsync(Lasting("c"));
        (await second.ReadAsync<ConnAckPacket>()).SessionPresent.Should().BeTrue();
        (await first.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.SessionTakenOver);
        await second.PublishAsync("a", "still subscribed");
        (await second.ReadPublishAsync()).Payload.Should().Be("still subscribed");
        broker.Statistics.Sessions.Should().Be(1);
    }

    [Test]
    public async Task Messages_wait_for_a_client_that_is_away_and_unacknowledged_ones_come_again()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await using (RawClient away = await RawClient.ConnectAsync(broker.Port, Lasting("c")))
        {
            await away.SubscribeAsync(new TopicSubscription("a", Qos1));
            await publisher.PublishAsync("a", "1", Qos1, 1);
            (await away.ReadPublishAsync()).Packet.Duplicate.Should().BeFalse();
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the client is away");
        await publisher.PublishAsync("a", "2", Qos1, 2);
        await publisher.PublishAsync("a", "dropped, since QoS 0");
        await publisher.ReadAsync<AcknowledgePacket>();
        await publisher.ReadAsync<AcknowledgePacket>();
        await publisher.PingAsync();

        await using RawClient back = await RawClient.ConnectAsync(broker.Port, Lasting("c"));
        (PublishPacket packet, string payload) = await back.ReadPublishAsync();
        payload.Should().Be("1");
        packet.Duplicate.Should().BeTrue();
        (packet, payload) = await back.ReadPublishAsync();
        payload.Should().Be("2");
        packet.Duplicate.Should().BeFalse();
        broker.Statistics.MessagesDropped.Should().Be(1);
    }

    [Test]
    public async Task A_session_ends_when_its_expiry_interval_has_passed()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using (RawClient client = await RawClient.ConnectAsync(broker.Port, Lasting("c", seconds: 60)))
        {
            await client.SubscribeAsync(new TopicSubscription("a"));
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "the client is away");
        time.Advance(TimeSpan.FromSeconds(59));
        broker.Statistics.Sessions.Should().Be(1);
        time.Advance(TimeSpan.FromSeconds(2));
        await Limits.UntilAsync(() => broker.Statistics is { Sessions: 0, Subscriptions: 0 }, "the session has ended");
    }

    [Test]
    public async Task The_client_s_receive_maximum_is_respected()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient subscriber = await RawClient.ConnectAsync(
            broker.Port, new ConnectPacket { ClientIdentifier = "s", Properties = new PacketProperties { ReceiveMaximum = 2 } });
        await subscriber.SubscribeAsync(new TopicSubscription("a", Qos1));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (ushort id = 1; id <= 4; id++)
        {
            await publisher.PublishAsync("a", $"{id}", Qos1, id);
            await publisher.ReadAsync<AcknowledgePacket>();
        }

        ushort first = (await subscriber.ReadPublishAsync()).Packet.PacketIdentifier;
        (await subscriber.ReadPublishAsync()).Payload.Should().Be("2");
        await subscriber.PingAsync();
        await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubAck, first));
        (await subscriber.ReadPublishAsync()).Payload.Should().Be("3", "an acknowledgement makes room for one");
        await subscriber.PingAsync();
    }

    [Test]
    public async Task Packets_above_the_client_s_maximum_are_dropped_and_counted()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient subscriber = await RawClient.ConnectAsync(
            broker.Port, new ConnectPacket { ClientIdentifier = "s", Properties = new PacketProperties { MaximumPacketSize = 40 } });
        await subscriber.SubscribeAsync(new TopicSubscription("a", Qos1));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await publisher.PublishAsync("a", new string('x', 100));
        await publisher.PublishAsync("a", new string('x', 100), Qos1, 1);
        await publisher.PublishAsync("a", "small");
        (await subscriber.ReadPublishAsync()).Payload.Should().Be("small");
        broker.Statistics.MessagesDropped.Should().Be(2);
    }

    [Test]
    public async Task A_delayed_will_is_cancelled_by_the_client_s_return_and_published_otherwise()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using RawClient watcher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "w" });
        await watcher.SubscribeAsync(new TopicSubscription("will"));
        ConnectPacket connect = Lasting("c", 100) with
        {
            Will = new WillMessage(TopicName.Create("will"), "x"u8.ToArray(), Properties: new PacketProperties { WillDelayInterval = 10 }),
        };
        await (await RawClient.ConnectAsync(broker.Port, connect)).DisposeAsync();
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the client is away");
        time.Advance(TimeSpan.FromSeconds(9));
        await (await RawClient.ConnectAsync(broker.Port, connect)).DisposeAsync();
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the client is away again");
        time.Advance(TimeSpan.FromSeconds(9));
        await watcher.PingAsync();
        time.Advance(TimeSpan.FromSeconds(2));
        (await watcher.ReadPublishAsync()).Payload.Should().Be("x");
    }

    [Test]
    public async Task An_orderly_good_bye_discards_the_will_unless_it_asks_for_it()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient watcher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "w" });
        await watcher.SubscribeAsync(new TopicSubscription("will"));
        await LeaveAsync(broker, "discarded", MqttReasonCode.Success);
        await LeaveAsync(broker, "published", MqttReasonCode.DisconnectWithWill);
        (await watcher.ReadPublishAsync()).Payload.Should().Be("published");
    }

    [Test]
    public async Task A_smaller_receive_maximum_on_the_next_connection_holds_for_repetitions_too()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await using (RawClient subscriber = await RawClient.ConnectAsync(broker.Port, Lasting("s")))
        {
            await subscriber.SubscribeAsync(new TopicSubscription("a", MqttQualityOfService.ExactlyOnce));
            await publisher.PublishAsync("a", "1", MqttQualityOfService.ExactlyOnce, 1);
            await publisher.PublishAsync("a", "2", MqttQualityOfService.ExactlyOnce, 2);
            await subscriber.ReadPublishAsync();
            await subscriber.ReadPublishAsync();
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the subscriber is away");
        ConnectPacket connect = Lasting("s");
        connect.Properties!.ReceiveMaximum = 1;
        await using RawClient back = await RawClient.ConnectAsync(broker.Port, connect);
        ushort first = (await back.ReadPublishAsync()).Packet.PacketIdentifier;
        await back.PingAsync();
        await back.SendAsync(new AcknowledgePacket(PacketType.PubRec, first, MqttReasonCode.QuotaExceeded));
        (PublishPacket packet, string payload) = await back.ReadPublishAsync();
        (packet.Duplicate, payload).Should().Be((true, "2"), "a refused message is over and done with");
    }

    [Test]
    public async Task A_message_of_qos_2_reaches_everybody_though_its_publisher_is_cut_off_half_way()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxInflightMessages = 1, MaxQueuedMessages = 1 });
        await using RawClient slow = await RawClient.ConnectAsync(broker.Port, Lasting("slow"));
        await slow.SubscribeAsync(new TopicSubscription("a", Qos1));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, Lasting("p"));
        for (ushort id = 1; id <= 3; id++)
        {
            await publisher.PublishAsync("a", $"{id}", MqttQualityOfService.ExactlyOnce, id);
        }

        await publisher.ReadAsync<AcknowledgePacket>();
        await publisher.ReadAsync<AcknowledgePacket>();
        await using RawClient again = await RawClient.ConnectAsync(broker.Port, Lasting("p"));
        await again.PublishAsync("a", "3 repeated", MqttQualityOfService.ExactlyOnce, 3);
        (await again.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        for (int i = 1; i <= 3; i++)
        {
            (PublishPacket packet, string payload) = await slow.ReadPublishAsync();
            payload.Should().Be($"{i}");
            await slow.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
        }

        await slow.PingAsync();
    }

    private static async Task LeaveAsync(MqttBroker broker, string payload, MqttReasonCode reason)
    {
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket
        {
            ClientIdentifier = payload,
            Will = new WillMessage(TopicName.Create("will"), System.Text.Encoding.UTF8.GetBytes(payload)),
        });
        await client.SendAsync(new DisconnectPacket(reason));
        (await client.ReadAsync()).Should().BeNull();
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the client has left");
    }

    private static ConnectPacket Lasting(string client, uint seconds = 1000) => new()
    {
        ClientIdentifier = client,
        CleanStart = false,
        Properties = new PacketProperties { SessionExpiryInterval = seconds },
    };
}
