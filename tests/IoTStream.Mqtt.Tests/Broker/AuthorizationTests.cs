using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class AuthorizationTests
{
    [Test]
    public async Task A_publication_that_is_not_permitted_reaches_nobody_and_its_publisher_is_told()
    {
        await using MqttBroker broker = await StartAsync();
        await using RawClient watcher = await WatchAsync(broker);
        await using RawClient client = await ConnectAsync(broker, MqttProtocolVersion.V500);
        await client.PublishAsync("own/other", "0", retain: true);
        await client.PublishAsync("own/other", "1", MqttQualityOfService.AtLeastOnce, 1);
        (await client.ReadAsync<AcknowledgePacket>()).Should().Be(
            new AcknowledgePacket(PacketType.PubAck, 1, MqttReasonCode.NotAuthorized));
        await client.PublishAsync("own/other", "2", MqttQualityOfService.ExactlyOnce, 2);
        (await client.ReadAsync<AcknowledgePacket>()).Should().Be(
            new AcknowledgePacket(PacketType.PubRec, 2, MqttReasonCode.NotAuthorized));
        await client.PublishAsync("own/c", "permitted", MqttQualityOfService.ExactlyOnce, 2);
        (await client.ReadAsync<AcknowledgePacket>()).Should().Be(
            new AcknowledgePacket(PacketType.PubRec, 2), "an error ends the handshake, so the identifier was free");
        (await watcher.ReadPublishAsync()).Payload.Should().Be("permitted");
        (broker.Statistics.MessagesDropped, broker.Statistics.RetainedMessages).Should().Be((3, 0));
    }

    [Test]
    public async Task A_publisher_of_3_1_1_cannot_be_told()
    {
        await using MqttBroker broker = await StartAsync();
        await using RawClient watcher = await WatchAsync(broker);
        await using RawClient client = await ConnectAsync(broker, MqttProtocolVersion.V311);
        await client.PublishAsync("own/other", "1", MqttQualityOfService.AtLeastOnce, 1);
        (await client.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubAck);
        await client.PublishAsync("own/other", "2", MqttQualityOfService.ExactlyOnce, 2);
        (await client.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        await client.SendAsync(new AcknowledgePacket(PacketType.PubRel, 2));
        (await client.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubComp);
        await client.PublishAsync("own/c", "permitted");
        (await watcher.ReadPublishAsync()).Payload.Should().Be("permitted");
    }

    [TestCase(MqttProtocolVersion.V311, MqttReasonCode.UnspecifiedError)]
    [TestCase(MqttProtocolVersion.V500, MqttReasonCode.NotAuthorized)]
    public async Task Each_filter_of_a_subscription_is_decided_by_itself(MqttProtocolVersion version, MqttReasonCode refusal)
    {
        await using MqttBroker broker = await StartAsync();
        await using RawClient client = await ConnectAsync(broker, version);
        SubAckPacket answer = await client.SubscribeAsync(
            new TopicSubscription("own/c"), new TopicSubscription("own/+"), new TopicSubscription("$share/g/own/c"));
        answer.ReasonCodes.Should().Equal(MqttReasonCode.Success, refusal, MqttReasonCode.Success);
        broker.Statistics.Subscriptions.Should().Be(2);
    }

    [Test]
    public async Task A_will_is_decided_when_its_client_connects()
    {
        await using MqttBroker broker = await StartAsync();
        await using RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendAsync(new ConnectPacket
        {
            ClientIdentifier = "c",
            Will = new WillMessage(TopicName.Create("own/other"), "x"u8.ToArray()),
        });
        (await client.ReadAsync<ConnAckPacket>()).ReasonCode.Should().Be(MqttReasonCode.NotAuthorized);
        (await client.ReadAsync()).Should().BeNull();
    }

    [Test]
    public async Task A_callback_that_fails_refuses()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with
        {
            Authorize = _ => throw new InvalidOperationException("no list of rights"),
        });
        await using RawClient client = await ConnectAsync(broker, MqttProtocolVersion.V500);
        (await client.SubscribeAsync(new TopicSubscription("a"))).ReasonCodes.Should().Equal(MqttReasonCode.UnspecifiedError);
        await client.PublishAsync("a", "1", MqttQualityOfService.AtLeastOnce, 1);
        (await client.ReadAsync<AcknowledgePacket>()).ReasonCode.Should().Be(MqttReasonCode.UnspecifiedError);
    }

    [Test]
    public async Task Subscriptions_are_asked_about_again_when_a_session_is_taken_up()
    {
        string allowed = "ab";
        await using MqttBroker broker = await Brokers.StartAsync(options => options with
        {
            Authorize = request => request.Access == MqttAccess.Publish || allowed.Contains(request.Topic, StringComparison.Ordinal)
                ? MqttReasonCode.Success
                : MqttReasonCode.NotAuthorized,
        });
        var lasting = new ConnectPacket { ClientIdentifier = "c", CleanStart = false, Properties = new PacketProperties { SessionExpiryInterval = 100 } };
        await using (RawClient client = await RawClient.ConnectAsync(broker.Port, lasting))
        {
            await client.SubscribeAsync(new TopicSubscription("a"), new TopicSubscription("b"));
        }

        allowed = "b";
        await using RawClient back = await RawClient.ConnectAsync(broker.Port, lasting);
        broker.Statistics.Subscriptions.Should().Be(1);
        await back.PublishAsync("a", "not any more");
        await back.PublishAsync("b", "still");
        (await back.ReadPublishAsync()).Payload.Should().Be("still");
    }

    private static Task<MqttBroker> StartAsync() => Brokers.StartAsync(options => options with
    {
        Authorize = request => request.Client.ClientIdentifier == "watcher" || request.Topic == $"own/{request.Client.ClientIdentifier}"
            ? MqttReasonCode.Success
            : MqttReasonCode.NotAuthorized,
    });

    private static Task<RawClient> ConnectAsync(MqttBroker broker, MqttProtocolVersion version) =>
        RawClient.ConnectAsync(broker.Port, new ConnectPacket { Version = version, ClientIdentifier = "c" });

    private static async Task<RawClient> WatchAsync(MqttBroker broker)
    {
        RawClient watcher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "watcher" });
        await watcher.SubscribeAsync(new TopicSubscription("#"));
        return watcher;
    }
}
