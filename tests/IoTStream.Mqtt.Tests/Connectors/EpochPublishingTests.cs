using System.Text;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Plan;
using IoTStream.Runtime;
using static IoTStream.Mqtt.Tests.Client.MqttTest;
using Delivery = IoTStream.Connectors.Delivery;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>The sink of a job with an epoch log: what is committed is published, with identifiers that are the same if it is published again.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EpochPublishingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("iotstream-mqtt-").FullName;

    [Test]
    public async Task What_is_published_again_after_a_crash_has_the_identifiers_that_it_had([Values(Qos1, Qos2)] MqttQualityOfService qos)
    {
        using var server = new ScriptedServer();
        var options = new MqttSinkOptions { QualityOfService = qos, ContentType = "text/plain", Expiry = TimeSpan.FromSeconds(1.5), Retain = true };
        List<(string, string)> first = [];
        Task<Job> starting = Start(server.Port, options, "a", "b", "c");
        await using (Job job = await starting)
        {
            using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
            for (int i = 0; i < 3; i++)
            {
                PublishPacket packet = await conversation.ReceiveAsync<PublishPacket>();
                packet.Retain.Should().BeTrue();
                packet.QualityOfService.Should().Be(qos);
                packet.Properties!.ContentType.Should().Be("text/plain");
                packet.Properties.MessageExpiryInterval.Should().Be(2);
                first.Add(Read(packet));
            }

            // Nothing is acknowledged: the job cannot know what the server has.
            Task disposing = job.DisposeAsync().AsTask();
            while (await conversation.TryReceiveAsync() is not null)
            {
            }

            await disposing.WaitAsync(Limits.Wait);
        }

        first.Select(message => message.Item1).Should().Equal("a", "b", "c");
        first.Select(message => message.Item2).Should().OnlyHaveUniqueItems();
        first[1].Item2.Should().MatchRegex("^[0-9a-f]{32}/out/1/1$");

        starting = Start(server.Port, options, "a", "b", "c");
        using ScriptedServer.Conversation next = await server.WelcomeAsync();
        List<ushort> identifiers = [];
        for (int i = 0; i < 3; i++)
        {
            PublishPacket packet = await next.ReceiveAsync<PublishPacket>();
            Read(packet).Should().Be(first[i]);
            identifiers.Add(packet.PacketIdentifier);
        }

        foreach (ushort identifier in identifiers)
        {
            await next.SendAsync(new AcknowledgePacket(qos == Qos2 ? PacketType.PubRec : PacketType.PubAck, identifier));
            if (qos == Qos2)
            {
                await next.ReceiveAsync<AcknowledgePacket>();
                await next.SendAsync(new AcknowledgePacket(PacketType.PubComp, identifier));
            }
        }

        await using Job again = await starting.WaitAsync(Limits.Wait);
        await again.Completion.WaitAsync(Limits.Wait);

        static (string, string) Read(PublishPacket packet) =>
            (Text(packet.Payload), packet.Properties!.UserProperties!.Single(property => property.Name == MqttHeaders.MessageId).Value);
    }

    [Test]
    public async Task An_identifier_can_be_put_elsewhere_for_3_1_1()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using PeerProcess subscriber = Mosquitto.Subscribe(broker.Port, "-t", "out/#", "-q", "1", "-F", "%t %p", "-C", "3");
        await using PeerProcess ready = Mosquitto.Subscribe(broker.Port, "-t", "out/#", "-q", "1", "-C", "1");
        await Mosquitto.PublishAsync(broker.Port, "-t", "out/ready", "-m", "ready", "-r", "-q", "1");
        await subscriber.LinesAsync(1);
        var options = new MqttSinkOptions
        {
            Identify = (message, id) => message with { Topic = $"{message.Topic}/{id.Split('/')[^1]}", Payload = Bytes($"{Encoding.UTF8.GetString(message.Payload.Span)}!") },
        };
        await using Job job = await Start(broker.Port, options, V3, "a", "b");
        await job.Completion.WaitAsync(Limits.Wait);
        (await subscriber.LinesAsync(3)).Should().Equal("out/ready ready", "out/0 a!", "out/1 b!");
    }

    [Test]
    public void Delivery_is_at_least_once()
    {
        Topology topology = Build(1, new MqttSinkOptions(), V5, "a").Build();
        topology.Explain().Should().Contain("at-least-once");
        FluentActions.Invoking(() => Build(1, new MqttSinkOptions(), V5, "a").Build(Delivery.ExactlyOnce)).Should().Throw<Exception>().WithMessage("*at-least-once*");
        FluentActions.Invoking(() => MqttSink.To("t", Options(1), Text.Codec, new MqttSinkOptions { Expiry = TimeSpan.Zero })).Should().Throw<ArgumentException>();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<Job> Start(int port, MqttSinkOptions options, params string[] records) => Start(port, options, V5, records);

    private Task<Job> Start(int port, MqttSinkOptions options, MqttProtocolVersion version, params string[] records) =>
        Build(port, options, version, records).Build().StartAsync(new JobOptions { EpochLog = EpochLog.At(_directory) });

    private static TopologyBuilder Build(int port, MqttSinkOptions options, MqttProtocolVersion version, params string[] records)
    {
        var builder = new TopologyBuilder("published");
        builder.From("in", Source.From(records)).To("out", MqttSink.To("out", Options(port, version), Text.Codec, options));
        return builder;
    }
}
