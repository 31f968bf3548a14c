using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class SystemTopicsTests
{
    [Test]
    public async Task The_broker_tells_what_it_counts_and_nobody_else_does()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(
            options => options with { TimeProvider = time, SystemTopicsInterval = TimeSpan.FromSeconds(10) });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.SubscribeAsync(new TopicSubscription("$SYS/broker/uptime"), new TopicSubscription("#"));
        time.Advance(TimeSpan.FromSeconds(1));
        (await client.ReadPublishAsync()).Payload.Should().MatchRegex("^[01]$");
        time.Advance(TimeSpan.FromSeconds(5));
        await client.PublishAsync("$SYS/broker/uptime", "forged", MqttQualityOfService.AtLeastOnce, 1);
        (await client.ReadAsync<AcknowledgePacket>()).ReasonCode.Should().Be(MqttReasonCode.NotAuthorized);
        time.Advance(TimeSpan.FromSeconds(6));
        (PublishPacket packet, string payload) = await client.ReadPublishAsync();
        (packet.Topic!.Text, payload).Should().Be(("$SYS/broker/uptime", "12"));
        await using RawClient late = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "d" });
        await late.SubscribeAsync(new TopicSubscription("$SYS/broker/clients/+"));
        string[] seen = [(await late.ReadPublishAsync()).Payload, (await late.ReadPublishAsync()).Payload];
        seen.Should().Equal(["1", "1"], "connected, and with a session, as of the last time");
    }
}
