using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Client;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>The source through its contract, as a job would use it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MqttSourceTests
{
    [Test]
    public async Task Records_come_with_their_topic_and_broken_payloads_become_dead_letters([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await Mosquitto.PublishAsync(broker.Port, "-t", "s/1", "-m", "ready", "-r");
        await using OpenedSource<string> source =
            await OpenedSource<string>.OpenAsync(MqttSource.Subscribe(["s/+", "other"], Options(broker.Port, version), Text.Codec));
        await source.ReadAsync(1);
        await using PeerProcess publisher = Mosquitto.StartPublishing(broker.Port, "-t", "s/2", "-q", "1", "-l");
        foreach (string line in (string[])["a", "?", "b"])
        {
            await publisher.WriteLineAsync(line);
        }

        await source.ReadAsync(4);
        source.Values.Should().Equal("ready", "a", "b");
        source.Headers.Select(headers => headers.Text(MqttHeaders.Topic)).Should().Equal("s/1", "s/2", "s/2");
        source.Headers[1].Should().BeSameAs(source.Headers[2], "headers are shared by the records of a topic");
        DeadLetter letter = source.DeadLetters.Single();
        letter.Reason.Should().BeOfType<FormatException>();
        letter.Payload.ToArray().Should().Equal((byte)'?');
        letter.Headers.Text(MqttHeaders.Topic).Should().Be("s/2");
    }

    [Test]
    public async Task User_properties_and_content_type_become_headers()
    {
        using var server = new ScriptedServer();
        (OpenedSource<string> opened, ScriptedServer.Conversation conversation) =
            await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("#", Options(server.Port), Text.Codec), server);
        await using OpenedSource<string> source = opened;
        using ScriptedServer.Conversation talk = conversation;
        await conversation.SendAsync(Publish("t", "1") with
        {
            Properties = new PacketProperties { ContentType = "text/plain", UserProperties = [new("unit", "K"), new("unit", "C")] },
        });
        await source.ReadAsync(1);
        source.Headers[0].Select(header => $"{header.Name}={header.Text}")
            .Should().Equal("mqtt.topic=t", "mqtt.content-type=text/plain", "unit=K", "unit=C");
    }

    [Test]
    public async Task A_message_is_acknowledged_only_when_the_pipeline_has_it()
    {
        using var server = new ScriptedServer();
        (OpenedSource<string> opened, ScriptedServer.Conversation conversation) =
            await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("#", Options(server.Port), Text.Codec), server);
        await using OpenedSource<string> source = opened;
        using ScriptedServer.Conversation talk = conversation;
        string[] payloads = ["a", "0", "?", "b"];
        for (ushort i = 0; i < payloads.Length; i++)
        {
            await conversation.SendAsync(Publish("t", payloads[i], payloads[i] == "0" ? (ushort)0 : (ushort)(i + 10)));
        }

        await source.ReadAsync(4);
        source.Acknowledge(3);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(10);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(12, "a dead letter is taken over too");
        source.BeginDrain();
        await source.ReadToEndAsync();
        source.Acknowledge(4);
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(13, "draining includes the acknowledgements");
        await source.DisposeAsync();
        (await conversation.TryReceiveAsync()).Should().BeOfType<DisconnectPacket>();
    }

    [Test]
    public async Task A_full_queue_stops_the_reading_and_a_drain_hands_out_what_was_taken()
    {
        using var server = new ScriptedServer();
        (OpenedSource<string> opened, ScriptedServer.Conversation conversation) =
            await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("#", Options(server.Port), Text.Codec, Qos0, capacity: 3), server);
        await using OpenedSource<string> source = opened;
        using ScriptedServer.Conversation talk = conversation;
        for (int i = 0; i < 10; i++)
        {
            await conversation.SendAsync(Publish("t", $"{i}"));
        }

        await source.ReadAsync(10);
        source.Values.Should().Equal(Enumerable.Range(0, 10).Select(i => $"{i}"));
        for (int i = 0; i < 10; i++)
        {
            await conversation.SendAsync(Publish("t", $"{i}"));
        }

        await source.ReadAtLeastAsync(13);
        source.BeginDrain();
        await source.ReadToEndAsync();
        source.Values.Count.Should().BeInRange(13, 20);
        source.Values.Skip(10).Should().Equal(Enumerable.Range(0, source.Values.Count - 10).Select(i => $"{i}"));
    }

    [Test]
    public async Task The_source_outlives_its_broker_and_may_start_before_it()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await broker.StopAsync();
        await using OpenedSource<string> source =
            await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("s/#", Options(broker.Port), Text.Codec));
        await broker.StartAgainAsync();
        await Mosquitto.PublishAsync(broker.Port, "-t", "s/1", "-m", "first", "-r", "-q", "1");
        await source.ReadAsync(1);
        await broker.RestartAsync();
        await Mosquitto.PublishAsync(broker.Port, "-t", "s/2", "-m", "second", "-r", "-q", "1");
        await source.ReadAsync(2);
        source.Values.Should().Equal("first", "second");
    }

    [Test]
    public async Task Unacknowledged_records_come_again_to_the_next_job_of_a_persistent_session([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        ISource<string> description = MqttSource.Subscribe(
            "s",
            Options(broker.Port, version) with
            {
                ClientId = "pipeline",
                CleanStart = false,
                SessionExpiry = version == V5 ? TimeSpan.FromHours(1) : default,
            },
            Text.Codec);
        await using (OpenedSource<string> first = await OpenedSource<string>.OpenAsync(description))
        {
            await Mosquitto.PublishAsync(broker.Port, "-t", "s", "-m", "hello", "-r", "-q", "1");
            await first.ReadAsync(1);
            first.Acknowledge(1);
            await using PeerProcess publisher = Mosquitto.StartPublishing(broker.Port, "-t", "s", "-q", "1", "-l");
            await publisher.WriteLineAsync("1");
            await publisher.WriteLineAsync("2");
            await first.ReadAsync(3);
            first.Acknowledge(2);
            (await publisher.ExitAsync()).Should().Be(0);
        }

        await Mosquitto.PublishAsync(broker.Port, "-t", "s", "-m", "3", "-q", "1");
        await using OpenedSource<string> second = await OpenedSource<string>.OpenAsync(description);

        // Subscribed again, MQTT 3.1.1 always sends what is retained.
        string[] expected = version == V5 ? ["2", "3"] : ["2", "3", "hello"];
        await second.ReadAsync(expected.Length);
        second.Values.Should().Equal(expected);
    }

    [Test]
    public async Task A_kept_session_with_more_messages_than_the_queue_has_room_for_does_not_hold_up_the_start([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 5000");
        MqttClientOptions options = Options(broker.Port, version) with
        {
            ClientId = "pipeline",
            CleanStart = false,
            SessionExpiry = version == V5 ? TimeSpan.FromHours(1) : TimeSpan.Zero,
            ConnectTimeout = TimeSpan.FromHours(1),
        };
        ISource<string> description = MqttSource.Subscribe("s", options, Text.Codec, Qos1, capacity: 16);
        await using (await OpenedSource<string>.OpenAsync(description))
        {
        }

        await using (var publisher = new MqttClient(Options(broker.Port)))
        {
            await publisher.ConnectAsync().WaitAsync(Limits.Wait);
            for (int i = 0; i < 500; i++)
            {
                await publisher.PublishAsync("s", Bytes($"{i}"), Qos1);
            }
        }

        await using OpenedSource<string> source = await OpenedSource<string>.OpenAsync(description);
        while (source.Values.Count < 500)
        {
            await source.ReadAtLeastAsync(source.Values.Count + 1);
            source.Acknowledge(source.Values.Count);
        }

        source.Values.Should().Equal(Enumerable.Range(0, 500).Select(i => $"{i}"));
    }

    [Test]
    public async Task A_refusal_for_good_fails_the_job()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("allow_anonymous false");
        await using OpenedSource<string> source =
            await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("#", Options(broker.Port), Text.Codec));
        (await FluentActions.Awaiting(source.ReadToEndAsync).Should().ThrowAsync<MqttRefusedException>().WithMessage("*NotAuthorized*"))
            .Which.ReasonCode.Should().Be(MqttReasonCode.NotAuthorized);
    }

    [Test]
    public async Task A_job_that_is_cancelled_leaves_nothing_behind()
    {
        using var deaf = new ScriptedServer();
        MqttClientOptions impatient = Options(deaf.Port) with { ConnectTimeout = TimeSpan.FromMilliseconds(100) };
        OpenedSource<string> waiting = await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("#", impatient, Text.Codec));
        await waiting.DisposeAsync();

        using var server = new ScriptedServer();
        (OpenedSource<string> full, ScriptedServer.Conversation conversation) =
            await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("#", Options(server.Port), Text.Codec, Qos1, capacity: 1), server);
        using ScriptedServer.Conversation talk = conversation;
        for (ushort i = 1; i < 5; i++)
        {
            await conversation.SendAsync(Publish("t", $"{i}", i));
        }

        await full.ReadAsync(1);
        await full.DisposeAsync();
        (await conversation.TryReceiveAsync()).Should().BeOfType<DisconnectPacket>("nothing was acknowledged");
    }

    [Test]
    public void A_description_that_cannot_work_is_refused_at_once()
    {
        FluentActions.Invoking(() => MqttSource.Subscribe("a/#/b", Options(1), Text.Codec)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MqttSource.Subscribe("a", Options(1), Text.Codec, (MqttQualityOfService)3)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MqttSource.Subscribe("a", Options(0), Text.Codec)).Should().Throw<ArgumentException>().WithMessage("*Port*");
        FluentActions.Invoking(() => MqttSink.To("a/#", Options(1), Text.Codec)).Should().Throw<ArgumentException>();
    }
}
