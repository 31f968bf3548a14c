using System.Threading.Channels;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>What MQTT 5.0 can say of a message and of a subscription.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MessagePropertiesTests
{
    [Test]
    public async Task Properties_travel_with_a_message([Values] MqttQualityOfService qos)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        var received = Channel.CreateUnbounded<object?[]>();
        await client.SubscribeAsync(
            ["a/#"],
            (message, _) =>
            {
                received.Writer.TryWrite(
                [
                    message.ContentType, message.IsText, message.ResponseTopic, Convert.ToHexString((message.CorrelationData ?? default).Span),
                    string.Join(' ', message.UserProperties.Select(property => $"{property.Name}={property.Value}")), message.Expiry > TimeSpan.Zero,
                    string.Join(' ', message.SubscriptionIdentifiers),
                ]);
                return default;
            },
            new MqttSubscribeOptions { QualityOfService = qos, Identifier = 300 }).WaitAsync(Limits.Wait);
        await client.PublishAsync(new MqttPublication
        {
            Topic = "a/b",
            Payload = Bytes("x"),
            QualityOfService = qos,
            IsText = true,
            ContentType = "text/plain",
            ResponseTopic = "answers/1",
            CorrelationData = new byte[] { 1, 2 },
            Expiry = TimeSpan.FromMinutes(1),
            UserProperties = [new("k", "1"), new("k", "2")],
        }).AsTask().WaitAsync(Limits.Wait);
        await client.PublishAsync(new MqttPublication { Topic = "a/b", QualityOfService = qos }).AsTask().WaitAsync(Limits.Wait);

        (await received.Reader.NextAsync()).Should().Equal("text/plain", true, "answers/1", "0102", "k=1 k=2", true, "300");
        (await received.Reader.NextAsync()).Should().Equal(null, false, null, "", "", false, "300");
    }

    [Test]
    public async Task Without_local_messages_a_client_does_not_hear_itself_and_retained_ones_come_as_asked()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        await client.PublishAsync("a/retained", Bytes("r"), Qos1, retain: true).AsTask().WaitAsync(Limits.Wait);
        var received = Channel.CreateUnbounded<Received>();
        ValueTask Handle(MqttMessage message, CancellationToken cancellationToken)
        {
            received.Writer.TryWrite(new Received(message.Topic, Text(message.Payload), message.QualityOfService, message.IsRetained));
            return default;
        }

        await client.SubscribeAsync(
            ["a/#"], Handle, new MqttSubscribeOptions { NoLocal = true, RetainAsPublished = true, RetainHandling = MqttRetainHandling.DoNotSend }).WaitAsync(Limits.Wait);
        await client.PublishAsync("a/own", Bytes("x"), Qos1).AsTask().WaitAsync(Limits.Wait);
        await Mosquitto.PublishAsync(broker.Port, "-t", "a/other", "-m", "y", "-q", "1", "-r");
        (await received.Reader.NextAsync()).Should().Be(new Received("a/other", "y", Qos1, Retained: true));
        received.Reader.Count.Should().Be(0);
    }

    [Test]
    public async Task Options_of_a_subscription_go_to_the_server_again_when_it_has_forgotten_them()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        await client.SubscribeAsync(["a"], (_, _) => default, new MqttSubscribeOptions { QualityOfService = Qos2, RetainAsPublished = true, Identifier = 7 });
        Task connecting = client.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
            SubscribePacket packet = await conversation.ReceiveAsync<SubscribePacket>();
            packet.Subscriptions.Should().Equal(new TopicSubscription("a", Qos2, RetainAsPublished: true));
            packet.Properties!.SubscriptionIdentifiers.Should().Equal(7);
            await conversation.SendAsync(new SubAckPacket(PacketType.SubAck, packet.PacketIdentifier, [MqttReasonCode.GrantedQos2]));
            await connecting.WaitAsync(Limits.Wait);
        }
    }

    [Test]
    public async Task What_cannot_be_said_is_refused_at_once()
    {
        await using var client = new MqttClient(Options(1));
        await using var old = new MqttClient(Options(1, V3));
        (MqttClient, string, MqttSubscribeOptions)[] faults =
        [
            (client, "$share/g/a", new() { NoLocal = true }),
            (client, "a", new() { Identifier = 0 }),
            (client, "a", new() { QualityOfService = (MqttQualityOfService)3 }),
            (old, "a", new() { NoLocal = true }),
            (old, "a", new() { Identifier = 1 }),
        ];
        foreach ((MqttClient who, string filter, MqttSubscribeOptions options) in faults)
        {
            await FluentActions.Awaiting(() => who.SubscribeAsync([filter], (_, _) => default, options)).Should().ThrowAsync<ArgumentException>();
        }

        foreach (MqttPublication publication in (MqttPublication[])[new() { Topic = "a/#" }, new() { Topic = "a", ResponseTopic = "+" }, new() { Topic = "a", Expiry = TimeSpan.Zero }])
        {
            await FluentActions.Awaiting(() => client.PublishAsync(publication).AsTask()).Should().ThrowAsync<ArgumentException>();
        }
    }
}
