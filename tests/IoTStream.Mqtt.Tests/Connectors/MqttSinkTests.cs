using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>The sink through its contract, as a job would use it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MqttSinkTests
{
    [Test]
    public async Task Records_are_published_to_their_topics(
        [Values] MqttProtocolVersion version, [Values] MqttQualityOfService qos)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0");
        await using PeerProcess subscriber = Mosquitto.Subscribe(
            broker.Port, "-t", "out/#", "-q", "2", "-C", "2000", "-F", "%t %q %p");
        await ReadyAsync(broker, subscriber);
        string[] records = [.. Enumerable.Range(0, 1999).Select(i => $"{i}")];
        await using (ISinkWriter<string> writer = await OpenAsync(
            MqttSink.To<string>(record => $"out/{record.Length}", Options(broker.Port, version), Text.Codec, qos)))
        {
            await writer.WriteAsync(Batch(records[..1000]), CancellationToken.None).AsTask().WaitAsync(Limits.Wait);
            await writer.WriteAsync(Batch(records[1000..]), CancellationToken.None).AsTask().WaitAsync(Limits.Wait);
            await writer.FlushAsync(CancellationToken.None);
            await writer.CompleteAsync(CancellationToken.None);
        }

        (await subscriber.LinesAsync(2000)).Skip(1).Should().Equal(records.Select(record => $"out/{record.Length} {(int)qos} {record}"));
    }

    [Test]
    public async Task A_batch_is_written_when_every_message_is_acknowledged()
    {
        using var server = new ScriptedServer();
        await using ISinkWriter<string> writer = await OpenAsync(MqttSink.To("t", Options(server.Port), Text.Codec, retain: true));
        Task writing = writer.WriteAsync(Batch("a", "b"), CancellationToken.None).AsTask();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        PublishPacket a = await conversation.ReceiveAsync<PublishPacket>();
        PublishPacket b = await conversation.ReceiveAsync<PublishPacket>();
        (a.Retain, Text(a.Payload), Text(b.Payload)).Should().Be((true, "a", "b"));
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, a.PacketIdentifier));
        writing.IsCompleted.Should().BeFalse();
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, b.PacketIdentifier));
        await writing.WaitAsync(Limits.Wait);

        writing = writer.WriteAsync(Batch("c"), CancellationToken.None).AsTask();
        PublishPacket c = await conversation.ReceiveAsync<PublishPacket>();
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, c.PacketIdentifier, MqttReasonCode.QuotaExceeded));
        (await FluentActions.Awaiting(() => writing.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>())
            .Which.ReasonCode.Should().Be(MqttReasonCode.QuotaExceeded);
    }

    [Test]
    public async Task The_sink_waits_for_its_broker([Values(Qos0, Qos1)] MqttQualityOfService qos)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await broker.StopAsync();
        await using ISinkWriter<string> writer = await OpenAsync(MqttSink.To("t", Options(broker.Port), Text.Codec, qos, retain: true));
        using var cancellation = new CancellationTokenSource();
        Task given = writer.WriteAsync(Batch("given up"), cancellation.Token).AsTask();
        given.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => given.WaitAsync(Limits.Wait)).Should().ThrowAsync<OperationCanceledException>();
        Task writing = writer.WriteAsync(Batch("late"), CancellationToken.None).AsTask();
        await broker.StartAgainAsync();
        await writing.WaitAsync(Limits.Wait);
        await using PeerProcess subscriber = Mosquitto.Subscribe(broker.Port, "-t", "t", "-C", "1");
        (await subscriber.LinesAsync(1)).Should().Equal("late");
    }

    [Test]
    public async Task A_refusal_for_good_fails_the_job()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("allow_anonymous false");
        await using ISinkWriter<string> writer = await OpenAsync(MqttSink.To("t", Options(broker.Port), Text.Codec));
        await FluentActions.Awaiting(() => writer.WriteAsync(Batch("x"), CancellationToken.None).AsTask().WaitAsync(Limits.Wait))
            .Should().ThrowAsync<MqttRefusedException>();
    }

    private static async Task ReadyAsync(MosquittoBroker broker, PeerProcess subscriber)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        await Mosquitto.PublishAsync(broker.Port, "-t", "out/ready", "-m", "ready", "-r", "-q", "1");
        await subscriber.LinesAsync(1).WaitAsync(limit.Token);
    }

    private static ValueTask<ISinkWriter<string>> OpenAsync(ISink<string> sink) =>
        sink.OpenAsync(new SinkContext("test", "out", 0, TimeProvider.System), CancellationToken.None);

    private static SinkBatch<string> Batch(params string[] records)
    {
        var partition = new SourcePartition("test", 0, "test");
        var buffer = new RecordBuffer<string>();
        foreach (string record in records)
        {
            buffer.Add(0, record, partition.Origin);
        }

        return new SinkBatch<string>(buffer);
    }
}
