using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>Topic aliases that the broker gives (MQTT 5.0, section 3.3.2.3.4), and the keep-alive interval that it asks for.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class OutboundAliasTests
{
    [Test]
    public async Task The_first_topics_get_the_aliases_that_the_client_takes()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, Connect(aliases: 2));
        await client.SubscribeAsync(new TopicSubscription("#"));
        foreach (string topic in new[] { "first", "x/y", "second", "third", "second", "first", "third" })
        {
            await client.PublishAsync(topic, "m");
        }

        var seen = new List<(string? Topic, int Alias)>();
        for (int i = 0; i < 7; i++)
        {
            PublishPacket packet = (await client.ReadPublishAsync()).Packet;
            seen.Add((packet.Topic?.Text, packet.Properties?.TopicAlias ?? 0));
        }

        seen.Should().Equal(("first", 1), ("x/y", 0), ("second", 2), ("third", 0), (null, 2), (null, 1), ("third", 0));
    }

    [Test]
    public async Task A_packet_that_is_as_large_as_may_be_has_none()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, Connect(aliases: 2, packetSize: 20));
        await client.SubscribeAsync(new TopicSubscription("#"));
        await client.PublishAsync("topic", new string('x', 10));
        PublishPacket packet = (await client.ReadPublishAsync()).Packet;
        packet.Topic!.Text.Should().Be("topic");
        packet.Properties.Should().BeNull();
        await client.PublishAsync("topic", new string('x', 7));
        (await client.ReadPublishAsync()).Packet.Properties!.TopicAlias.Should().Be(1);
    }

    [TestCase(0, 60)]
    [TestCase(61, 60)]
    [TestCase(60, null)]
    public async Task A_client_is_told_of_a_shorter_keep_alive(int asked, int? told)
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaximumKeepAlive = TimeSpan.FromMinutes(1) });
        await using RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendAsync(new ConnectPacket { ClientIdentifier = "c", KeepAlive = (ushort)asked });
        (await client.ReadAsync<ConnAckPacket>()).Properties!.ServerKeepAlive.Should().Be((ushort?)told);
    }

    private static ConnectPacket Connect(ushort aliases, uint? packetSize = null) => new()
    {
        ClientIdentifier = "c",
        Properties = new PacketProperties { TopicAliasMaximum = aliases, MaximumPacketSize = packetSize },
    };
}
