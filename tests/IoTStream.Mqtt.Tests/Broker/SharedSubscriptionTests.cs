using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>Shared subscriptions (MQTT 5.0, section 4.8.2).</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class SharedSubscriptionTests
{
    private const MqttQualityOfService Qos1 = MqttQualityOfService.AtLeastOnce;

    [Test]
    public async Task What_a_session_that_ends_was_owed_at_QoS_1_goes_to_another_member()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        RawClient leaving = await RawClient.ConnectAsync(
            broker.Port, new ConnectPacket { ClientIdentifier = "leaving", Properties = new PacketProperties { ReceiveMaximum = 4 } });
        await leaving.SubscribeAsync(new TopicSubscription("$share/g/a/+/#", MqttQualityOfService.ExactlyOnce));
        for (ushort i = 1; i <= 6; i++)
        {
            await publisher.PublishAsync("a/b/c", $"{i}", i is 2 or 5 ? MqttQualityOfService.ExactlyOnce : MqttQualityOfService.AtLeastOnce, i);
        }

        for (int i = 1; i <= 4; i++)
        {
            (PublishPacket packet, string payload) = await leaving.ReadPublishAsync();
            if (payload == "1")
            {
                await leaving.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
            }
        }

        (await leaving.ReadPublishAsync()).Payload.Should().Be("5");
        await using RawClient other = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "other" });
        await other.SubscribeAsync(new TopicSubscription("$share/g/a/+/#", MqttQualityOfService.ExactlyOnce));
        await using RawClient stranger = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "stranger" });
        await stranger.SubscribeAsync(new TopicSubscription("$share/h/a/+/#", MqttQualityOfService.ExactlyOnce));
        await leaving.DisposeAsync();
        List<string> passedOn = [];
        for (int i = 0; i < 3; i++)
        {
            passedOn.Add((await other.ReadPublishAsync()).Payload);
        }

        // Those of QoS 2 are not for anybody else (MQTT-4.8.2-5).
        passedOn.Should().Equal("3", "4", "6");
        await other.PingAsync();
        await stranger.PingAsync();
    }

    [Test]
    public async Task Each_message_goes_to_one_member_of_each_group_and_to_all_others()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient one = await SubscribeAsync(broker, "1", "$share/g/a/+");
        await using RawClient two = await SubscribeAsync(broker, "2", "$share/g/a/+");
        await using RawClient other = await SubscribeAsync(broker, "3", "$share/h/a/+", "$share/g/a/#", "a/#");
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (int i = 0; i < 6; i++)
        {
            await publisher.PublishAsync("a/b", $"{i}");
        }

        string[] first = await PayloadsAsync(one, 3);
        string[] second = await PayloadsAsync(two, 3);
        first.Concat(second).Order().Should().Equal("0", "1", "2", "3", "4", "5");
        (await PayloadsAsync(other, 18)).GroupBy(payload => payload).Should().OnlyContain(
            copies => copies.Count() == 3, "another group, the group of another filter, and a subscription of its own");
        broker.Statistics.Subscriptions.Should().Be(5);
    }

    [Test]
    public async Task A_member_that_is_away_or_busy_is_passed_over_while_others_have_room()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxInflightMessages = 1 });
        await (await SubscribeAsync(broker, "away", "$share/g/a")).DisposeAsync();
        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "a member is away");
        await using RawClient busy = await SubscribeAsync(broker, "busy", "$share/g/a");
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAsync(publisher, 1);
        (await busy.ReadPublishAsync()).Payload.Should().Be("1");
        await using RawClient idle = await SubscribeAsync(broker, "idle", "$share/g/a");
        for (ushort id = 2; id < 6; id++)
        {
            await PublishAsync(publisher, id);
            (PublishPacket packet, string payload) = await idle.ReadPublishAsync();
            payload.Should().Be($"{id}");
            await idle.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
            await idle.PingAsync();
        }
    }

    [Test]
    public async Task When_all_are_away_their_sessions_keep_the_messages()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await (await SubscribeAsync(broker, "1", "$share/g/a")).DisposeAsync();
        await (await SubscribeAsync(broker, "2", "$share/g/a")).DisposeAsync();
        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "all are away");
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (ushort id = 1; id <= 4; id++)
        {
            await PublishAsync(publisher, id);
        }

        await using RawClient one = await RawClient.ConnectAsync(broker.Port, Lasting("1"));
        await using RawClient two = await RawClient.ConnectAsync(broker.Port, Lasting("2"));
        (await PayloadsAsync(one, 2)).Concat(await PayloadsAsync(two, 2)).Order().Should().Equal("1", "2", "3", "4");
    }

    [Test]
    public async Task Members_come_and_go_and_retained_messages_do_not_greet_them()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await publisher.PublishAsync("a", "retained", retain: true);
        await publisher.PingAsync();
        await using RawClient one = await SubscribeAsync(broker, "1", "$share/g/a");
        await using RawClient two = await SubscribeAsync(broker, "2", "$share/g/a");
        await one.SendAsync(new UnsubscribePacket(1, ["$share/g/a"]));
        (await one.ReadAsync<SubAckPacket>()).ReasonCodes.Should().Equal(MqttReasonCode.Success);
        await publisher.PublishAsync("a", "x");
        await publisher.PublishAsync("a", "y");
        (await PayloadsAsync(two, 2)).Should().Equal("x", "y");
        await two.SendAsync(new UnsubscribePacket(1, ["$share/g/a"]));
        await two.ReadAsync<SubAckPacket>();
        await PublishAsync(publisher, 9, MqttReasonCode.NoMatchingSubscribers);
        broker.Statistics.Subscriptions.Should().Be(0);
    }

    [Test]
    public async Task No_local_is_not_for_them()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.SendAsync(new SubscribePacket(1, [new TopicSubscription("$share/g/a", NoLocal: true)]));
        (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ProtocolError);
    }

    private static async Task PublishAsync(RawClient publisher, ushort id, MqttReasonCode expected = MqttReasonCode.Success)
    {
        await publisher.PublishAsync("a", $"{id}", Qos1, id);
        (await publisher.ReadAsync<AcknowledgePacket>()).ReasonCode.Should().Be(expected);
    }

    private static async Task<RawClient> SubscribeAsync(MqttBroker broker, string client, params string[] filters)
    {
        RawClient subscriber = await RawClient.ConnectAsync(broker.Port, Lasting(client));
        await subscriber.SubscribeAsync([.. filters.Select(filter => new TopicSubscription(filter, Qos1))]);
        return subscriber;
    }

    private static async Task<string[]> PayloadsAsync(RawClient client, int count)
    {
        var payloads = new List<string>();
        for (int i = 0; i < count; i++)
        {
            payloads.Add((await client.ReadPublishAsync()).Payload);
        }

        await client.PingAsync();
        return [.. payloads];
    }

    private static ConnectPacket Lasting(string client) => new()
    {
        ClientIdentifier = client,
        CleanStart = false,
        Properties = new PacketProperties { SessionExpiryInterval = 1000 },
    };
}
