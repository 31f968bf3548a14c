using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>A subscriber that does not read, and a publisher that sends more than all buffers between them hold.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class SlowConsumerTests
{
    private const int Messages = 4000;
    private static readonly string Payload = new('x', 8000);

    [Test]
    public async Task Backpressure_holds_the_publisher_back_and_loses_nothing()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { OutboundBufferSize = 64 * 1024 });
        await using RawClient subscriber = await SubscribeAsync(broker);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        Task publishing = PublishAllAsync(publisher);
        await StalledAsync(broker);
        publishing.IsCompleted.Should().BeFalse("the publisher is not read any more");

        for (int i = 0; i < Messages; i++)
        {
            (await subscriber.ReadPublishAsync()).Payload.Length.Should().Be(Payload.Length);
        }

        await publishing;
        broker.Statistics.MessagesDropped.Should().Be(0);
    }

    [Test]
    public async Task Messages_of_qos_0_are_dropped_and_counted_if_that_is_the_policy()
    {
        await using MqttBroker broker = await Brokers.StartAsync(
            options => options with { OutboundBufferSize = 64 * 1024, SlowConsumerPolicy = SlowConsumerPolicy.DropQos0 });
        await using RawClient subscriber = await SubscribeAsync(broker);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAllAsync(publisher);
        await publisher.PingAsync();
        long dropped = broker.Statistics.MessagesDropped;
        dropped.Should().BePositive();
        for (int i = 0; i < Messages - dropped; i++)
        {
            await subscriber.ReadPublishAsync();
        }

        await subscriber.PingAsync();
    }

    [Test]
    public async Task A_slow_consumer_is_disconnected_if_that_is_the_policy()
    {
        await using MqttBroker broker = await Brokers.StartAsync(
            options => options with { OutboundBufferSize = 64 * 1024, SlowConsumerPolicy = SlowConsumerPolicy.Disconnect });
        await using RawClient subscriber = await SubscribeAsync(broker);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAllAsync(publisher);
        await publisher.PingAsync();
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "the slow consumer is gone");
        broker.Statistics.MessagesDropped.Should().BePositive();
    }

    [Test]
    public async Task A_consumer_that_stalls_for_too_long_is_disconnected_and_the_publisher_goes_on()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(
            options => options with { OutboundBufferSize = 64 * 1024, TimeProvider = time });
        await using RawClient subscriber = await SubscribeAsync(broker);
        await using RawClient publisher = await RawClient.ConnectAsync(
            broker.Port, new ConnectPacket { ClientIdentifier = "p", KeepAlive = 10 });
        Task publishing = PublishAllAsync(publisher);
        await StalledAsync(broker);
        long received = broker.Statistics.MessagesReceived;

        // Its silence of 31 s is the broker's own doing and does not count; then a little more time lets the farewell to the other run out.
        await Limits.UntilAsync(() => broker.Statistics.MessagesReceived > received || !Step(time, 31), "the publisher goes on");
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1 || !Step(time, 0.1), "the stalled consumer is gone");
        await publishing;
        await publisher.PingAsync();
    }

    [Test]
    public async Task Publishers_of_qos_1_wait_for_acknowledgements_of_the_subscriber()
    {
        await using MqttBroker broker = await Brokers.StartAsync(
            options => options with { MaxInflightMessages = 2, MaxQueuedMessages = 3 });
        await using RawClient subscriber = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "s" });
        await subscriber.SubscribeAsync(new TopicSubscription("a", MqttQualityOfService.AtLeastOnce));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (ushort id = 1; id <= 8; id++)
        {
            await publisher.PublishAsync("a", $"{id}", MqttQualityOfService.AtLeastOnce, id);
        }

        for (int id = 1; id <= 5; id++)
        {
            (await publisher.ReadAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be((ushort)id);
        }

        Task<AcknowledgePacket> sixth = publisher.ReadAsync<AcknowledgePacket>();
        for (int i = 1; i <= 8; i++)
        {
            (PublishPacket packet, string payload) = await subscriber.ReadPublishAsync();
            payload.Should().Be($"{i}");
            (i > 1 || !sixth.IsCompleted).Should().BeTrue("there is no room before the first acknowledgement");
            await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
        }

        (await sixth).PacketIdentifier.Should().Be(6);
        broker.Statistics.MessagesDropped.Should().Be(0);
    }

    [Test]
    public async Task A_client_that_cannot_take_its_own_messages_is_disconnected_instead_of_waiting_for_itself()
    {
        await using MqttBroker broker = await Brokers.StartAsync(
            options => options with { MaxInflightMessages = 1, MaxQueuedMessages = 1 });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.SubscribeAsync(new TopicSubscription("a", MqttQualityOfService.AtLeastOnce));
        for (ushort id = 1; id <= 3; id++)
        {
            await client.PublishAsync("a", "x", MqttQualityOfService.AtLeastOnce, id);
        }

        object? packet;
        while ((packet = await client.ReadAsync()) is not DisconnectPacket and not null)
        {
        }

        packet.Should().BeOfType<DisconnectPacket>().Which.ReasonCode.Should().Be(MqttReasonCode.QuotaExceeded);
    }

    private static async Task<RawClient> SubscribeAsync(MqttBroker broker)
    {
        RawClient subscriber = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "s" }, receiveBuffer: 16 * 1024);
        await subscriber.SubscribeAsync(new TopicSubscription("a"));
        return subscriber;
    }

    private static async Task PublishAllAsync(RawClient publisher)
    {
        for (int i = 0; i < Messages; i++)
        {
            await publisher.PublishAsync("a", Payload);
        }
    }

    /// <summary>Waits until the broker has received something and then, for many looks in a row, nothing more.</summary>
    private static async Task StalledAsync(MqttBroker broker)
    {
        long last = -1;
        int same = 0;
        await Limits.UntilAsync(
            () =>
            {
                long now = broker.Statistics.MessagesSent;
                same = now == last && now > 0 ? same + 1 : 0;
                last = now;
                return same == 40;
            },
            "the broker stalls");
    }

    private static bool Step(ManualTime time, double seconds)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        return true;
    }
}
