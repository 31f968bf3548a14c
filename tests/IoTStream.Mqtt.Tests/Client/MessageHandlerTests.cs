using System.Threading.Channels;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>When handlers run, when their messages are acknowledged, and what holds what back.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MessageHandlerTests
{
    [Test]
    public async Task Acknowledgements_go_out_in_the_order_of_arrival()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        var deferred = new List<MqttAcknowledgement>();
        await client.SubscribeAsync(
            ["#"],
            (message, _) =>
            {
                if (message.Topic != "at/once")
                {
                    deferred.Add(message.DeferAcknowledgement());
                }

                return default;
            });
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        await conversation.SendAsync(Publish("a", "1", 11));
        await conversation.SendAsync(Publish("at/once", "2", 22));
        await conversation.SendAsync(Publish("b", "3", 33));
        await conversation.SendAsync(Publish("c", "4", 7));
        await Limits.UntilAsync(() => deferred.Count == 3, "all messages are handled");

        deferred[2].Complete();
        deferred[1].Complete();
        await client.PublishAsync("marker", default).AsTask().WaitAsync(Limits.Wait);
        (await conversation.ReceiveAsync<PublishPacket>()).Topic!.Text.Should().Be("marker", "nothing is acknowledged before the first message");
        deferred[0].Complete();
        foreach (ushort identifier in (ushort[])[11, 22, 33, 7])
        {
            AcknowledgePacket packet = await conversation.ReceiveAsync<AcknowledgePacket>();
            packet.Type.Should().Be(PacketType.PubAck);
            packet.PacketIdentifier.Should().Be(identifier);
        }
    }

    [Test]
    public async Task An_acknowledgement_is_sent_when_the_handler_has_finished_and_not_before()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.SubscribeAsync(
            ["#"],
            async (_, _) =>
            {
                begun.TrySetResult();
                await finish.Task;
            });
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        await conversation.SendAsync(Publish("a", "1", 11));
        await begun.Task.WaitAsync(Limits.Wait);
        await client.PublishAsync("marker", default).AsTask().WaitAsync(Limits.Wait);
        (await conversation.ReceiveAsync<PublishPacket>()).Topic!.Text.Should().Be("marker");
        finish.SetResult();
        (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(11);
    }

    [Test]
    public async Task A_failing_handler_ends_the_client_and_leaves_the_message_unacknowledged()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        await client.SubscribeAsync(["#"], (_, _) => throw new FormatException("broken"));
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        await conversation.SendAsync(Publish("a", "1", 11));

        await conversation.ReceiveAsync<DisconnectPacket>();
        (await conversation.TryReceiveAsync()).Should().BeNull();
        (await FluentActions.Awaiting(() => client.Completion.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>())
            .WithInnerException<FormatException>();
        await FluentActions.Awaiting(() => client.PublishAsync("a", default).AsTask()).Should().ThrowAsync<MqttClientException>();
    }

    [Test]
    public async Task A_server_that_exceeds_the_receive_maximum_is_left()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { ReceiveMaximum = 2 });
        await client.SubscribeAsync(["#"], (message, _) =>
        {
            message.DeferAcknowledgement();
            return default;
        });
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        for (ushort i = 1; i <= 3; i++)
        {
            await conversation.SendAsync(Publish("a", "", i));
        }

        (await conversation.ReceiveAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Test]
    public async Task With_3_1_1_the_receive_maximum_stops_the_reading()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port, V3) with { ReceiveMaximum = 2 });
        var deferred = Channel.CreateUnbounded<MqttAcknowledgement>();
        await client.SubscribeAsync(["#"], (message, _) =>
        {
            deferred.Writer.TryWrite(message.DeferAcknowledgement());
            return default;
        });
        using ScriptedServer.Conversation conversation = await server.StartAsync(client, V3);
        for (ushort i = 1; i <= 5; i++)
        {
            await conversation.SendAsync(Publish("a", "", i));
        }

        for (ushort i = 1; i <= 5; i++)
        {
            (await deferred.Reader.NextAsync()).Complete();
            (await conversation.ReceiveAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(i);
        }
    }

    [Test]
    public async Task A_handler_finds_its_acknowledgement_behind_other_messages_or_fails_but_never_hangs([Values] bool near)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { ReadAhead = 64 * 1024 });
        var outcome = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        int handled = 0;
        await client.SubscribeAsync(
            ["#"],
            async (message, _) =>
            {
                handled++;
                if (message.Topic == "first")
                {
                    try
                    {
                        await client.PublishAsync("answer", default, Qos1);
                        outcome.SetResult(null);
                    }
                    catch (MqttClientException failure)
                    {
                        outcome.SetResult(failure);
                    }
                }
            },
            Qos0);
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        await conversation.SendAsync(Publish("first", ""));
        PublishPacket answer = await conversation.ReceiveAsync<PublishPacket>();
        int between = near ? 30 : 300;
        for (int i = 0; i < between; i++)
        {
            await conversation.SendAsync(Publish("flood", new string('x', 1000)));
        }

        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, answer.PacketIdentifier));

        Exception? failure = await outcome.Task.WaitAsync(Limits.Wait);
        (failure is null).Should().Be(near);
        await Limits.UntilAsync(() => handled == between + 1, "everything is handled");
        Task later = client.PublishAsync("later", default, Qos1).AsTask();
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, (await conversation.ReceiveAsync<PublishPacket>()).PacketIdentifier));
        await later.WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_handler_that_waits_for_an_acknowledgement_survives_the_loss_of_the_connection()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        var handled = Channel.CreateUnbounded<string>();
        await client.SubscribeAsync(
            ["#"],
            async (message, _) =>
            {
                if (message.Topic == "first")
                {
                    await client.PublishAsync("answer", default, Qos1);
                }

                handled.Writer.TryWrite(message.Topic);
            },
            Qos0);
        ScriptedServer.Conversation conversation = await server.StartAsync(client);
        await conversation.SendAsync(Publish("first", ""));
        await conversation.SendAsync(Publish("second", ""));
        await conversation.ReceiveAsync<PublishPacket>();
        conversation.Dispose();

        using ScriptedServer.Conversation next = await server.WelcomeAsync();
        PublishPacket answer = await next.ReceiveAsync<PublishPacket>();
        await next.GrantAsync();
        await next.SendAsync(Publish("third", ""));
        await next.SendAsync(new AcknowledgePacket(PacketType.PubAck, answer.PacketIdentifier));
        (await handled.Reader.NextAsync()).Should().Be("first");
        (await handled.Reader.NextAsync()).Should().Be("second", "what had been received is still handled");
        (await handled.Reader.NextAsync()).Should().Be("third");
    }

    [Test]
    public async Task A_slow_handler_stops_the_reading_of_the_socket()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { ReadAhead = 64 * 1024, KeepAlive = TimeSpan.FromSeconds(1) });
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.SubscribeAsync(["#"], async (_, _) => await gate.Task, Qos0);
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        byte[] message = Protocol.Packets.Write(Publish("t", new string('x', 60_000)), V5);
        long sent = 0;
        using var stop = new CancellationTokenSource();
        Task flood = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await conversation.SendRawAsync(message, stop.Token);
                Interlocked.Add(ref sent, message.Length);
            }
        });

        long before;
        do
        {
            before = Interlocked.Read(ref sent);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }
        while (Interlocked.Read(ref sent) != before);

        before.Should().BeLessThan(64 * 1024 * 1024, "that is what the sockets' buffers can hold, not the client");
        client.IsConnected.Should().BeTrue("silence of a server that is not read is no silence");
        await stop.CancelAsync();
        await FluentActions.Awaiting(() => flood).Should().ThrowAsync<OperationCanceledException>();
        gate.SetResult();
    }

    [Test]
    public async Task A_client_can_be_disposed_in_its_own_handler()
    {
        using var server = new ScriptedServer();
        var client = new MqttClient(Options(server.Port));
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.SubscribeAsync(["#"], async (_, _) =>
        {
            await client.DisposeAsync();
            disposed.SetResult();
        });
        using ScriptedServer.Conversation conversation = await server.StartAsync(client);
        await conversation.SendAsync(Publish("a", "", 1));
        await disposed.Task.WaitAsync(Limits.Wait);
        object? last;
        do
        {
            last = await conversation.TryReceiveAsync();
        }
        while (last is AcknowledgePacket);

        last.Should().BeOfType<DisconnectPacket>();
    }
}
