using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class BrokerRoutingTests
{
    private const MqttQualityOfService Qos0 = MqttQualityOfService.AtMostOnce;
    private const MqttQualityOfService Qos1 = MqttQualityOfService.AtLeastOnce;

    [Test]
    public async Task Overlapping_subscriptions_give_one_copy_with_the_highest_qos_and_all_identifiers()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await SubscribeAsync(client, 5, new TopicSubscription("a/#", Qos0));
        await SubscribeAsync(client, 6, new TopicSubscription("a/+", Qos1));
        await client.PublishAsync("a/b", "x", Qos1, 1);
        (PublishPacket packet, _) = await client.ReadPublishAsync();
        packet.QualityOfService.Should().Be(Qos1);
        packet.Properties!.SubscriptionIdentifiers.Should().BeEquivalentTo([5, 6]);
        (await client.ReadAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(1);
        await client.PingAsync();
    }

    [Test]
    public async Task No_local_keeps_a_client_s_own_messages_from_it()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.SubscribeAsync(new TopicSubscription("a", NoLocal: true));
        await using RawClient other = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "o" });
        await client.PublishAsync("a", "own");
        await client.PingAsync();
        await other.PublishAsync("a", "other");
        (await client.ReadPublishAsync()).Payload.Should().Be("other");
    }

    [Test]
    public async Task Properties_travel_with_a_message_and_its_expiry_runs()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        var properties = new PacketProperties
        {
            PayloadFormatIndicator = 1,
            MessageExpiryInterval = 100,
            ContentType = "text/plain",
            ResponseTopic = "answer",
            CorrelationData = [1, 2],
            TopicAlias = 3,
            UserProperties = [new MqttUserProperty("traceparent", "00-1"), new MqttUserProperty("traceparent", "00-2")],
        };
        await publisher.PublishAsync("a", "x", retain: true, properties: properties);
        await publisher.PingAsync();
        time.Advance(TimeSpan.FromSeconds(40));

        await using RawClient subscriber = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "s" });
        await subscriber.SubscribeAsync(new TopicSubscription("#"));
        (PublishPacket packet, _) = await subscriber.ReadPublishAsync();
        properties.TopicAlias = null;
        properties.MessageExpiryInterval = 60;
        packet.Properties.Should().BeEquivalentTo(properties);

        time.Advance(TimeSpan.FromSeconds(60));
        await subscriber.SubscribeAsync(new TopicSubscription("#"));
        await subscriber.PingAsync();
        broker.Statistics.RetainedMessages.Should().Be(0);
    }

    [Test]
    public async Task A_topic_alias_stands_for_its_topic()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.SubscribeAsync(new TopicSubscription("+"));
        await client.PublishAsync("a", "1", properties: new PacketProperties { TopicAlias = 200 });
        await client.SendAsync(new PublishPacket { Properties = new PacketProperties { TopicAlias = 200 } });
        (await client.ReadPublishAsync()).Packet.Topic!.Text.Should().Be("a");
        PublishPacket second = (await client.ReadPublishAsync()).Packet;
        second.Topic!.Text.Should().Be("a");
        second.Properties.Should().BeNull("the alias is between the publisher and the broker");
    }

    [Test]
    public async Task Retained_messages_answer_subscriptions_as_their_options_say()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.PublishAsync("a/b", "kept", retain: true);
        await client.PublishAsync("$a/b", "hidden from wildcards in front", retain: true);

        await client.SubscribeAsync(new TopicSubscription("#", RetainHandling: MqttRetainHandling.DoNotSend));
        await client.PingAsync();
        await client.SubscribeAsync(new TopicSubscription("+/b", RetainHandling: MqttRetainHandling.SendIfNew));
        (PublishPacket packet, string payload) = await client.ReadPublishAsync();
        (payload, packet.Retain).Should().Be(("kept", true));
        await client.SubscribeAsync(new TopicSubscription("+/b", RetainAsPublished: true, RetainHandling: MqttRetainHandling.SendIfNew));
        await client.PingAsync();

        await client.PublishAsync("a/b", "changed", retain: true);
        (packet, payload) = await client.ReadPublishAsync();
        (payload, packet.Retain).Should().Be(("changed", true), "one of the subscriptions wants it as published");
        await client.SendAsync(new UnsubscribePacket(1, ["+/b", "nothing"]));
        (await client.ReadAsync<SubAckPacket>()).ReasonCodes.Should().Equal(MqttReasonCode.Success, MqttReasonCode.NoSubscriptionExisted);
        await client.PublishAsync("a/b", "again", retain: true);
        (packet, _) = await client.ReadPublishAsync();
        packet.Retain.Should().BeFalse("to an existing subscription it is just a message");

        await client.PublishAsync("a/b", "", retain: true);
        await client.ReadPublishAsync();
        await client.PublishAsync("$a/b", "", retain: true);
        await client.PingAsync();
        broker.Statistics.RetainedMessages.Should().Be(0);
    }

    [Test]
    public async Task Publishing_to_nobody_is_told_to_5_0_clients_and_refused_filters_by_their_codes()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxSubscriptionsPerClient = 1 });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.PublishAsync("a", "x", Qos1, 9);
        (await client.ReadAsync<AcknowledgePacket>()).Should().Be(
            new AcknowledgePacket(PacketType.PubAck, 9, MqttReasonCode.NoMatchingSubscribers));
        SubAckPacket subAck = await client.SubscribeAsync(
            new TopicSubscription(string.Join('/', Enumerable.Repeat("a", 201))),
            new TopicSubscription("a", Qos1),
            new TopicSubscription("b"));
        subAck.ReasonCodes.Should().Equal(
            MqttReasonCode.TopicFilterInvalid,
            MqttReasonCode.GrantedQos1,
            MqttReasonCode.QuotaExceeded);
        await client.PublishAsync(string.Join('/', Enumerable.Repeat("a", 201)), "too deep");
        (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.TopicNameInvalid);
    }

    [Test]
    public async Task A_client_without_an_identifier_is_given_one()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendAsync(new ConnectPacket { ClientIdentifier = "" });
        ConnAckPacket connAck = await client.ReadAsync<ConnAckPacket>();
        connAck.Properties!.AssignedClientIdentifier.Should().NotBeNullOrEmpty();
        connAck.Properties.MaximumQoS.Should().BeNull("QoS 2 is there");
    }

    private static async Task SubscribeAsync(RawClient client, int identifier, TopicSubscription subscription)
    {
        await client.SendAsync(new SubscribePacket(1, [subscription], new PacketProperties { SubscriptionIdentifiers = [identifier] }));
        await client.ReadAsync<SubAckPacket>();
    }
}
