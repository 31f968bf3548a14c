using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>Partitions and watermarks by topic, several templates, and what a decoder may look at.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SourcePartitionsTests
{
    [Test]
    public async Task Each_topic_is_a_partition_up_to_as_many_as_allowed()
    {
        using var server = new ScriptedServer();
        ISource<string> source = MqttSource.Subscribe(["plant/+"], Options(server.Port), Text.Codec, new MqttSourceOptions { Partitions = MqttPartitions.ByTopic(most: 2) });
        (OpenedSource<string> opened, ScriptedServer.Conversation conversation) = await OpenedSource<string>.OpenAsync(source, server);
        await using OpenedSource<string> reader = opened;
        using ScriptedServer.Conversation open = conversation;
        foreach (string message in (string[])["a 1", "a 2", "b 3", "c 4", "a 5", "d 6"])
        {
            await conversation.SendAsync(Publish($"plant/{message[0]}", message));
        }

        await reader.ReadAsync(6);
        reader.Values.Should().Equal("a 1", "a 2", "b 3", "c 4", "a 5", "d 6");
        reader.Partitions.Should().Equal("plant/a", "plant/a", "plant/b", "plant/+", "plant/a", "plant/+");
        reader.Headers.Select(headers => headers.Text(MqttHeaders.Topic)).Should().Equal("plant/a", "plant/a", "plant/b", "plant/c", "plant/a", "plant/d");
    }

    [Test]
    public async Task Each_value_of_a_level_is_a_partition()
    {
        using var server = new ScriptedServer();
        ISource<string> source = MqttSource.Subscribe(
            ["plant/{gateway}/{sensor}", "office/{floor}"],
            Options(server.Port),
            Text.Codec,
            (value, topic) => $"{value}@{(topic.TryGet("gateway", out string? gateway) ? gateway : topic["floor"])}",
            new MqttSourceOptions { Partitions = MqttPartitions.ByLevel("gateway") });
        (OpenedSource<string> opened, ScriptedServer.Conversation conversation) = await OpenedSource<string>.OpenAsync(source, server);
        await using OpenedSource<string> reader = opened;
        using ScriptedServer.Conversation open = conversation;
        await conversation.SendAsync(Publish("plant/g1/s1", "1"));
        await conversation.SendAsync(Publish("plant/g1/s2", "2"));
        await conversation.SendAsync(Publish("office/5", "3"));
        await conversation.SendAsync(Publish("plant/g2/s1", "4"));
        await reader.ReadAsync(4);
        reader.Values.Should().Equal("1@g1", "2@g1", "3@5", "4@g2");
        reader.Partitions.Should().Equal("g1", "g1", "plant/+/+, office/+", "g2");
    }

    [Test]
    public void Partitions_are_checked()
    {
        Invoking(() => MqttSource.Subscribe(["a/+"], Options(1), Text.Codec, new MqttSourceOptions { Partitions = MqttPartitions.ByLevel("x") })).WithMessage("*template*");
        Invoking(() => MqttSource.Subscribe(["a/{y}"], Options(1), Text.Codec, (text, _) => text, new MqttSourceOptions { Partitions = MqttPartitions.ByLevel("x") })).WithMessage("*{x}*");
        Invoking(() => MqttPartitions.ByTopic(0));
        Invoking(() => MqttPartitions.ByTopic(70_000));
        Invoking(() => MqttSource.Subscribe(["a"], Options(1), Text.Codec, new MqttSourceOptions { Capacity = 0 }));

        static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Invoking(Action action) => action.Should().Throw<ArgumentException>();
    }

    /// <summary>One device is a quarter of an hour behind the other: with one watermark for both, all that it sends is late.</summary>
    [Test]
    public async Task A_device_that_is_behind_loses_nothing_if_it_has_a_watermark_of_its_own([Values] bool partitioned, [Values] bool restarted)
    {
        await using var broker = await IoTStream.Mqtt.Broker.MqttBroker.StartAsync(new IoTStream.Mqtt.Broker.MqttBrokerOptions { Port = 0 });
        string directory = Directory.CreateTempSubdirectory("iotstream-partitions-").FullName;
        try
        {
            var session = Options(broker.Port) with { ClientId = "job", CleanStart = false, SessionExpiry = TimeSpan.FromHours(1) };
            List<string> sums = [];
            int read = 0;
            var builder = new TopologyBuilder("devices");
            var options = new MqttSourceOptions { Partitions = partitioned ? MqttPartitions.ByLevel("device") : MqttPartitions.One };
            builder.From("in", MqttSource.Subscribe(["{device}/minute"], session, Text.Codec, (minute, topic) => (Device: topic["device"], Minute: int.Parse(minute, CultureInfo.InvariantCulture)), options))
                .WithEventTime(record => DateTimeOffset.UnixEpoch.AddMinutes(record.Minute), Watermarks.BoundedOutOfOrderness(TimeSpan.Zero))
                .Select(record =>
                {
                    Interlocked.Increment(ref read);
                    return record;
                })
                .KeyBy(record => record.Device)
                .Window(Tumbling.Of(TimeSpan.FromMinutes(5)), AllowedLateness.None)
                .Aggregate("count", Aggregates.Count<(string Device, int Minute)>())
                .ForEach("seen", window =>
                {
                    lock (sums)
                    {
                        sums.Add($"{window.Key} {window.Window.Start.Minute}: {window.Value}");
                    }
                });
            var jobOptions = new JobOptions { EpochLog = EpochLog.At(directory), EpochInterval = TimeSpan.FromMilliseconds(20) };
            Job job = await builder.Build().StartAsync(jobOptions);
            await using var client = new MqttClient(Options(broker.Port));
            await client.ConnectAsync();

            // Both are there before event time goes on.
            await PublishAsync("ahead", 0);
            await PublishAsync("behind", 0);
            await Limits.UntilAsync(() => Volatile.Read(ref read) == 2, "both are known");
            if (restarted)
            {
                await job.StopAsync().WaitAsync(Limits.Wait);
                await job.DisposeAsync();
                job = await builder.Build().StartAsync(jobOptions);
            }

            for (int minute = 1; minute <= 20; minute++)
            {
                await PublishAsync("ahead", minute);
            }

            await Limits.UntilAsync(() => Volatile.Read(ref read) == 22, "one is ahead");
            for (int minute = 1; minute <= 20; minute++)
            {
                await PublishAsync("behind", minute);
            }

            await Limits.UntilAsync(() => Volatile.Read(ref read) == 42, "all is read");
            await Limits.UntilAsync(() => Seen().Length >= (partitioned ? 8 : 5), "windows close");
            await using (job)
            {
                await job.StopAsync().WaitAsync(Limits.Wait);
            }

            string[] all = [.. Seen().Order(StringComparer.Ordinal)];
            string[] whole = [.. ((string[])["ahead", "behind"]).SelectMany(device => new[] { 0, 10, 15, 5 }.Select(start => $"{device} {start}: 5"))];
            if (partitioned)
            {
                all.Should().Equal(whole);
            }
            else
            {
                all.Should().NotContain("behind 5: 5", "otherwise this test would not tell the difference");
            }

            string[] Seen()
            {
                lock (sums)
                {
                    return [.. sums];
                }
            }

            ValueTask PublishAsync(string device, int minute) => client.PublishAsync($"{device}/minute", Bytes($"{minute}"), Qos1);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task A_decoder_may_look_at_the_whole_message_and_the_subscription_says_what_it_is_told_to()
    {
        using var server = new ScriptedServer();
        ISource<string> source = MqttSource.Subscribe(
            ["plant/{machine}/#", "alarms"],
            Options(server.Port),
            (message, topic) => $"{(topic.TryGet("machine", out string? machine) ? machine : "-")} {Text(message.Payload)} {message.ContentType} {message.Expiry} {message.ResponseTopic} {message.IsText} {message.SubscriptionIdentifiers.Count}",
            new MqttSourceOptions
            {
                Subscription = new MqttSubscribeOptions
                {
                    QualityOfService = Qos2,
                    NoLocal = true,
                    RetainAsPublished = true,
                    RetainHandling = MqttRetainHandling.DoNotSend,
                    Identifier = 7,
                    UserProperties = [new MqttUserProperty("who", "me")],
                },
            });
        Task<OpenedSource<string>> opening = OpenedSource<string>.OpenAsync(source);
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        SubscribePacket request = await conversation.ReceiveAsync<SubscribePacket>();
        request.Subscriptions.Should().Equal(
            new TopicSubscription("plant/+/#", Qos2, NoLocal: true, RetainAsPublished: true, MqttRetainHandling.DoNotSend),
            new TopicSubscription("alarms", Qos2, NoLocal: true, RetainAsPublished: true, MqttRetainHandling.DoNotSend));
        request.Properties!.SubscriptionIdentifiers.Should().Equal(7);
        request.Properties.UserProperties.Should().Equal(new MqttUserProperty("who", "me"));
        await conversation.SendAsync(new SubAckPacket(PacketType.SubAck, request.PacketIdentifier, [(MqttReasonCode)2, (MqttReasonCode)2]));
        await using OpenedSource<string> reader = await opening;
        await conversation.SendAsync(Publish("plant/m1/x", "on") with
        {
            Properties = new PacketProperties
            {
                ContentType = "text/plain",
                MessageExpiryInterval = 60,
                ResponseTopic = "answers",
                CorrelationData = [1, 2],
                PayloadFormatIndicator = 1,
                SubscriptionIdentifiers = [7],
            },
        });
        await conversation.SendAsync(Publish("alarms", "off"));
        await reader.ReadAsync(2);
        reader.Values.Should().Equal("m1 on text/plain 00:01:00 answers True 1", "- off   " + " False 0");
        reader.Headers[0].Text(MqttHeaders.ResponseTopic).Should().Be("answers");
        reader.Headers[0].TryGet(MqttHeaders.CorrelationData, out RecordHeader correlation).Should().BeTrue();
        correlation.Value.ToArray().Should().Equal(1, 2);
    }
}
