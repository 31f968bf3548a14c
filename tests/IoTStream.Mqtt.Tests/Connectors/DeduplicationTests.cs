using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Connectors;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Runtime;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>What a sink publishes again is passed over by a source that looks at identifiers.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DeduplicationTests
{
    private static readonly MqttSourceOptions Once = new() { Deduplicate = true };

    [Test]
    public void The_highest_identifier_of_a_publisher_counts()
    {
        var seen = new SeenIdentifiers();
        long item = 0;
        string[] identifiers = ["a/s/1/0", "a/s/1/1", "a/s/1/0", "a/s/1/1", "a/s/1/2", "b/s/1/0", "a/s/x/1/0", "a/s/3/0", "a/s/2/9", "a/s/3/0", "nothing", "a/s/3/-1", "a/s/3/1x", "//1/1", "/1/1", "a/0/5", "a/s/3/1"];
        identifiers.Select(identifier => seen.IsRepeated(identifier, ++item)).Should().Equal(
            false, false, true, true, false, false, false, false, true, true, false, false, false, false, false, false, false);
        seen.Repeated.Should().Be(4);
        seen.Take(5);
        seen.Taken().Should().Equal(("a/s", 1, 2));
        seen.Take(item);
        seen.Taken().Should().BeEquivalentTo([("a/s", 3L, 1L), ("b/s", 1L, 0L), ("a/s/x", 1L, 0L), ("/", 1L, 1L)]);
    }

    [Test]
    public void Of_too_many_publishers_those_are_forgotten_that_were_not_heard_of_for_longest()
    {
        var seen = new SeenIdentifiers();
        for (int publisher = 0; publisher < 2000; publisher++)
        {
            seen.IsRepeated($"p{publisher}/s/1/0", 1).Should().BeFalse();
            seen.IsRepeated("p0/s/1/0", 1).Should().BeTrue("it is heard of all the time");
        }

        seen.IsRepeated("p1999/s/1/0", 1).Should().BeTrue();
        seen.IsRepeated("p1/s/1/0", 1).Should().BeFalse();
    }

    [Test]
    public async Task What_a_job_publishes_again_after_a_crash_has_its_effect_once([Values(Qos1, Qos2)] MqttQualityOfService qos, [Values] bool readerRestarts)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        string directory = Directory.CreateTempSubdirectory("iotstream-once-").FullName;
        try
        {
            List<string> received = [];
            var reading = new TopologyBuilder("reading");
            MqttClientOptions session = Options(broker.Port) with { ClientId = "reader", CleanStart = false, SessionExpiry = TimeSpan.FromHours(1) };
            reading.From("in", MqttSource.Subscribe(["out"], session, Text.Codec, Once with { Subscription = new MqttSubscribeOptions { QualityOfService = qos } }))
                .ForEach("seen", value =>
                {
                    lock (received)
                    {
                        received.Add(value);
                    }
                });
            var readerOptions = new JobOptions { EpochLog = EpochLog.At(Path.Combine(directory, "reader")), EpochInterval = TimeSpan.FromMilliseconds(20) };
            Job reader = await reading.Build().StartAsync(readerOptions);

            // The publisher cannot note that its last epoch has been published, and publishes it again each time.
            for (int life = 0; life < 3; life++)
            {
                await PublishAsync();
                await Limits.UntilAsync(() => Count() >= 100, "all come");
                if (readerRestarts)
                {
                    await reader.StopAsync().WaitAsync(Limits.Wait);
                    await reader.DisposeAsync();
                    reader = await reading.Build().StartAsync(readerOptions);
                }
            }

            await using (var client = new MqttClient(Options(broker.Port)))
            {
                await client.ConnectAsync();
                await client.PublishAsync("out", Bytes("last"), qos);
                await Limits.UntilAsync(() => Last() == "last", "the last one comes");
            }

            await reader.DisposeAsync();
            received.Should().Equal([.. Enumerable.Range(0, 100).Select(number => $"{number}"), "last"]);

            int Count()
            {
                lock (received)
                {
                    return received.Count;
                }
            }

            string? Last()
            {
                lock (received)
                {
                    return received.LastOrDefault();
                }
            }

            async Task PublishAsync()
            {
                var writing = new TopologyBuilder("writing");
                writing.From("in", Source.From(Enumerable.Range(0, 100).Select(number => $"{number}").ToArray()))
                    .To("out", MqttSink.To("out", Options(broker.Port), Text.Codec, new MqttSinkOptions { QualityOfService = qos }));
                await using Job job = await writing.Build().StartAsync(new JobOptions { EpochLog = EpochLog.At(Path.Combine(directory, "writer")) });
                await job.Completion.WaitAsync(Limits.Wait);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task What_is_passed_over_is_acknowledged_with_what_came_before_it()
    {
        using var server = new ScriptedServer();
        (OpenedSource<string> opened, ScriptedServer.Conversation conversation) = await OpenedSource<string>.OpenAsync(
            MqttSource.Subscribe(["t"], Options(server.Port), Text.Codec, Once), server);
        await using OpenedSource<string> source = opened;
        using ScriptedServer.Conversation open = conversation;
        await SendAsync(1, "a", "log/out/1/0");
        await SendAsync(2, "b", "log/out/1/1");
        await SendAsync(3, "b", "log/out/1/1");
        await conversation.SendAsync(With(Publish("t", "stored"), "log/out/1/0") with { Retain = true });
        await SendAsync(4, "c", "log/out/1/2");
        await source.ReadAsync(4);
        source.Values.Should().Equal("a", "b", "stored", "c");
        source.Acknowledge(1);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(1);
        source.Acknowledge(2);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(2);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(3);
        await SendAsync(5, "c", "log/out/1/2");
        source.Acknowledge(4);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(4);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(5);

        Task SendAsync(ushort identifier, string payload, string messageId) => conversation.SendAsync(With(Publish("t", payload, identifier), messageId));

        static PublishPacket With(PublishPacket packet, string messageId) =>
            packet with { Properties = new PacketProperties { UserProperties = [new MqttUserProperty(MqttHeaders.MessageId, messageId)] } };
    }

    [Test]
    public void It_is_refused_where_it_could_lose_messages()
    {
        FluentActions.Invoking(() => MqttSource.Subscribe(["$share/g/a"], Options(1), Text.Codec, Once)).Should().Throw<ArgumentException>().WithMessage("*shared*");
        FluentActions.Invoking(() => MqttSource.Subscribe(["a"], Options(1, V3), Text.Codec, Once)).Should().Throw<ArgumentException>().WithMessage("*5.0*");
        FluentActions.Invoking(() => MqttSource.Subscribe(["a"], Options(1), Text.Codec, Once with { Subscription = new MqttSubscribeOptions { RetainAsPublished = true } }))
            .Should().Throw<ArgumentException>().WithMessage("*RetainAsPublished*");
    }
}
