using System.Threading.Channels;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>Numbers in place of topics, both ways (MQTT 5.0, section 3.3.2.3.4).</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class TopicAliasTests
{
    [Test]
    public async Task The_servers_aliases_are_understood_and_may_change()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { TopicAliasMaximum = 2 });
        ChannelReader<Received> received = await client.ListenAsync(Qos1, "#");
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        conversation.Connect!.Properties!.TopicAliasMaximum.Should().Be(2);
        foreach ((string? topic, ushort alias) in ((string?, ushort)[])[("a", 1), ("b", 2), (null, 1), (null, 2), ("c", 1), (null, 1)])
        {
            await conversation.SendAsync(Publish("x", "") with
            {
                Topic = topic is null ? null : TopicName.Create(topic),
                Properties = new PacketProperties { TopicAlias = alias },
            });
        }

        foreach (string topic in (string[])["a", "b", "a", "b", "c", "c"])
        {
            (await received.NextAsync()).Topic.Should().Be(topic);
        }
    }

    [TestCase("30 06 0000 03 230001", "an alias that means nothing")]
    [TestCase("30 07 0001 61 03 230003", "an alias beyond the maximum")]
    public async Task A_wrong_alias_ends_the_connection(string hex, string what)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { TopicAliasMaximum = 2 });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        await conversation.SendRawAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        (await conversation.ReceiveAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.TopicAliasInvalid, what);
    }

    [Test]
    public async Task What_is_published_has_an_alias_as_far_as_the_server_allows_and_its_topic_again_on_the_next_connection()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { UseTopicAliases = true, CleanStart = false, ClientId = "c", SessionExpiry = TimeSpan.FromHours(1) });
        Task connecting = client.ConnectAsync();
        var allowed = new PacketProperties { TopicAliasMaximum = 1 };
        ScriptedServer.Conversation first = await server.WelcomeAsync(properties: allowed);
        await connecting.WaitAsync(Limits.Wait);
        List<Task> published = [];
        foreach (string topic in (string[])["a/long/topic", "a/long/topic", "another/long/topic", "short", "a/long/topic"])
        {
            published.Add(client.PublishAsync(new MqttPublication { Topic = topic, QualityOfService = Qos1, ContentType = "x" }).AsTask());
        }

        List<string?> seen = [];
        for (int i = 0; i < 5; i++)
        {
            PublishPacket packet = await first.ReceiveAsync<PublishPacket>();
            packet.Properties!.ContentType.Should().Be("x");
            seen.Add($"{packet.Topic?.Text} {packet.Properties.TopicAlias}");
        }

        seen.Should().Equal("a/long/topic 1", " 1", "another/long/topic ", "short ", " 1");
        first.Dispose();
        using ScriptedServer.Conversation second = await server.WelcomeAsync(sessionPresent: true, properties: allowed);
        foreach (string topic in (string[])["a/long/topic", "a/long/topic", "another/long/topic", "short", "a/long/topic"])
        {
            PublishPacket packet = await second.ReceiveAsync<PublishPacket>();
            packet.Topic!.Text.Should().Be(topic);
            packet.Properties!.TopicAlias.Should().BeNull();
            await second.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
        }

        await Task.WhenAll(published).WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task Mosquitto_understands_them()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port) with { UseTopicAliases = true, TopicAliasMaximum = 5 });
        ChannelReader<Received> received = await client.ListenAsync(Qos1, "#");
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        for (int i = 0; i < 60; i++)
        {
            await client.PublishAsync($"topics/with/long/names/{i % 20}", Bytes($"{i}"), Qos1).AsTask().WaitAsync(Limits.Wait);
            (await received.NextAsync()).Should().Be(new Received($"topics/with/long/names/{i % 20}", $"{i}", Qos1));
        }
    }
}
