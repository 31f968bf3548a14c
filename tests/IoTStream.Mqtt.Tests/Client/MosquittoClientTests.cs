using System.Threading.Channels;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>The client against a Mosquitto broker.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MosquittoClientTests
{
    [Test]
    public async Task A_message_comes_back_as_it_was_sent(
        [Values] MqttProtocolVersion version, [Values] MqttQualityOfService sent, [Values] MqttQualityOfService granted)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port, version));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> received = await client.ListenAsync(granted, "a/b");

        await client.PublishAsync("a/b", Bytes("grüße"), sent).AsTask().WaitAsync(Limits.Wait);

        (await received.NextAsync()).Should().Be(new Received("a/b", "grüße", sent < granted ? sent : granted));
    }

    [Test]
    public async Task Large_and_empty_payloads_arrive_whole([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port, version));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> received = await client.ListenAsync(Qos1, "#");
        string[] payloads = ["", new('x', 127), new('y', 70_000), new('z', 3_000_000), "end"];

        foreach (string payload in payloads)
        {
            await client.PublishAsync("size", Bytes(payload), Qos1).AsTask().WaitAsync(Limits.Wait);
        }

        foreach (string payload in payloads)
        {
            (await received.NextAsync()).Payload.Should().Be(payload);
        }
    }

    [Test]
    public async Task Wildcards_match_and_messages_go_to_their_subscription()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> plus = await client.ListenAsync(Qos1, "city/+/speed");
        ChannelReader<Received> hash = await client.ListenAsync(Qos1, "plant/#", "office/#");

        foreach (string topic in (string[])["city/main/speed", "city/main/noise", "plant", "office/1/2/3", "city/side/speed"])
        {
            await client.PublishAsync(topic, Bytes("1"), Qos1).AsTask().WaitAsync(Limits.Wait);
        }

        (await plus.NextAsync()).Topic.Should().Be("city/main/speed");
        (await plus.NextAsync()).Topic.Should().Be("city/side/speed");
        (await hash.NextAsync()).Topic.Should().Be("plant");
        (await hash.NextAsync()).Topic.Should().Be("office/1/2/3");
        client.UnhandledMessages.Should().Be(0);
    }

    [Test]
    public async Task A_retained_message_meets_later_subscribers()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        await client.PublishAsync("state", Bytes("on"), Qos1, retain: true).AsTask().WaitAsync(Limits.Wait);

        ChannelReader<Received> received = await client.ListenAsync(Qos1, "state");
        (await received.NextAsync()).Should().Be(new Received("state", "on", Qos1, Retained: true));
        await client.PublishAsync("state", Bytes("off"), Qos1).AsTask().WaitAsync(Limits.Wait);
        (await received.NextAsync()).Retained.Should().BeFalse("it was there when the message came");
    }

    [Test]
    public async Task After_unsubscribing_nothing_comes_any_more()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        int calls = 0;
        MqttSubscription subscription = await client.SubscribeAsync(
            ["a"],
            (_, _) =>
            {
                calls++;
                return default;
            });
        ChannelReader<Received> other = await client.ListenAsync(Qos1, "b");

        await subscription.DisposeAsync().AsTask().WaitAsync(Limits.Wait);
        await client.PublishAsync("a", default, Qos1).AsTask().WaitAsync(Limits.Wait);
        await client.PublishAsync("b", default, Qos1).AsTask().WaitAsync(Limits.Wait);

        (await other.NextAsync()).Topic.Should().Be("b");
        calls.Should().Be(0);
        client.UnhandledMessages.Should().Be(0);
    }

    [Test]
    public async Task The_will_is_published_when_a_client_goes_without_a_good_bye([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        await using var client = new MqttClient(Options(broker.Port, version));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> received = await client.ListenAsync(Qos1, "gone/#");
        MqttClientOptions mortal = Options(cable.Port, version) with
        {
            Will = new MqttWill { Topic = "gone/abruptly", Payload = Bytes("!"), QualityOfService = Qos1 },
            Reconnect = new MqttReconnectOptions { MaximumAttempts = 0 },
        };
        await using (var polite = new MqttClient(mortal with { Will = mortal.Will with { Topic = "gone/politely" } }))
        {
            await polite.ConnectAsync().WaitAsync(Limits.Wait);
        }

        await using var victim = new MqttClient(mortal);
        await victim.ConnectAsync().WaitAsync(Limits.Wait);
        cable.Cut();

        (await received.NextAsync()).Should().Be(new Received("gone/abruptly", "!", Qos1));
        await FluentActions.Awaiting(() => victim.Completion.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>();
    }

    [Test]
    public async Task Refused_credentials_end_the_client_with_the_reason([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("allow_anonymous false");
        MqttReconnectOptions patient = Options(1).Reconnect with { RetryFirst = true };
        foreach (MqttReconnectOptions reconnect in (MqttReconnectOptions[])[patient, patient with { MaximumRefusals = 3 }, new()])
        {
            await using var client = new MqttClient(
                Options(broker.Port, version) with { UserName = "somebody", Password = "wrong", Reconnect = reconnect });
            (await FluentActions.Awaiting(() => client.ConnectAsync().WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>())
                .Which.ReasonCode.Should().Be(MqttReasonCode.NotAuthorized);
        }
    }

    [Test]
    public async Task A_restarted_broker_is_found_again_with_all_subscriptions([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port, version));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> first = await client.ListenAsync(Qos1, "first/#");
        await broker.StopAsync();
        await Limits.UntilAsync(() => !client.IsConnected, "the client notices");
        Task<ChannelReader<Received>> second = client.ListenAsync(Qos1, "second");
        Task waiting = client.PublishAsync("first/1", Bytes("published without a connection"), Qos1).AsTask();
        waiting.IsCompleted.Should().BeFalse();

        await broker.StartAgainAsync();
        await waiting.WaitAsync(Limits.Wait);
        (await second).Should().NotBeNull("a subscription that is made without a connection is made later");
        await client.PublishAsync("second", Bytes("later"), Qos1).AsTask().WaitAsync(Limits.Wait);

        (await (await second).NextAsync()).Payload.Should().Be("later");
        await client.PublishAsync("first/2", Bytes("after"), Qos1).AsTask().WaitAsync(Limits.Wait);
        string last;
        do
        {
            last = (await first.NextAsync()).Payload;
        }
        while (last != "after");
    }

    [Test]
    public async Task Published_without_interruption_nothing_of_qos_1_is_lost_while_connections_break([Values] MqttProtocolVersion version)
    {
        const int Count = 2000;
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0");
        using var cable = new Cable(broker.Port);
        await using var subscriber = new MqttClient(Options(broker.Port, version));
        await subscriber.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> received = await subscriber.ListenAsync(Qos1, "n");
        await using var publisher = new MqttClient(Options(cable.Port, version) with { MaximumInFlight = 50 });
        await publisher.ConnectAsync().WaitAsync(Limits.Wait);

        var published = new List<Task>();
        for (int i = 0; i < Count; i++)
        {
            published.Add(publisher.PublishAsync("n", Bytes($"{i}"), Qos1).AsTask());
            if (i % 400 == 200)
            {
                await published[i - 100].WaitAsync(Limits.Wait);
                cable.Cut();
            }
        }

        await Task.WhenAll(published).WaitAsync(Limits.Wait);
        var distinct = new HashSet<string>(StringComparer.Ordinal);
        while (distinct.Count < Count)
        {
            distinct.Add((await received.NextAsync()).Payload);
        }
    }

    [Test]
    public async Task With_qos_2_every_message_comes_once_and_in_order_while_the_connections_of_both_sides_break([Values] MqttProtocolVersion version, [Values(50, 65_535)] int receiveMaximum)
    {
        const int Count = 1000;
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0", "set_tcp_nodelay true");
        using var cable = new Cable(broker.Port);
        MqttClientOptions kept = Options(cable.Port, version) with
        {
            CleanStart = false,
            SessionExpiry = version == V5 ? TimeSpan.FromHours(1) : default,
            ReceiveMaximum = receiveMaximum,
            MaximumInFlight = 50,
        };
        await using var subscriber = new MqttClient(kept with { ClientId = "subscriber" });
        await subscriber.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> received = await subscriber.ListenAsync(Qos2, "n");
        await using var publisher = new MqttClient(kept with { ClientId = "publisher" });
        await publisher.ConnectAsync().WaitAsync(Limits.Wait);

        int next = 0;
        async Task ReceiveUpToAsync(int end)
        {
            for (; next < end; next++)
            {
                (await received.NextAsync()).Payload.Should().Be($"{next}");
            }
        }

        var published = new List<Task>();
        for (int i = 0; i < Count; i++)
        {
            published.Add(publisher.PublishAsync("n", Bytes($"{i}"), Qos2).AsTask());
            if (i % 200 == 150)
            {
                // Mosquitto 2.0 sends messages again after their PUBREL if a connection breaks before it has taken the session up again. What was
                // published after the break before this one has come only then.
                await ReceiveUpToAsync(i - 140);
                await published[i - 100].WaitAsync(Limits.Wait);
                cable.Cut();
            }
        }

        await Task.WhenAll(published).WaitAsync(Limits.Wait);
        await ReceiveUpToAsync(Count);
    }

    [Test]
    public async Task A_persistent_session_redelivers_what_a_client_died_with([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        MqttClientOptions persistent = Options(cable.Port, version) with
        {
            ClientId = "logger",
            CleanStart = false,
            SessionExpiry = version == V5 ? TimeSpan.FromHours(1) : default,
            Reconnect = new MqttReconnectOptions { MaximumAttempts = 0 },
        };
        await using var publisher = new MqttClient(Options(broker.Port, version));
        await publisher.ConnectAsync().WaitAsync(Limits.Wait);
        await using (var mortal = new MqttClient(persistent))
        {
            var acknowledgements = new List<MqttAcknowledgement>();
            await mortal.SubscribeAsync(
                ["log"],
                (message, _) =>
                {
                    acknowledgements.Add(message.DeferAcknowledgement());
                    return default;
                });
            await mortal.ConnectAsync().WaitAsync(Limits.Wait);
            foreach (string payload in (string[])["1", "2", "3"])
            {
                await publisher.PublishAsync("log", Bytes(payload), Qos1).AsTask().WaitAsync(Limits.Wait);
            }

            await Limits.UntilAsync(() => acknowledgements.Count == 3, "three messages");
            acknowledgements[0].Complete();

            // The broker has read the acknowledgement when it answers what came after it.
            await mortal.PublishAsync("other", default, Qos1).AsTask().WaitAsync(Limits.Wait);
            cable.Cut();
            await publisher.PublishAsync("log", Bytes("4"), Qos1).AsTask().WaitAsync(Limits.Wait);
        }

        await using var heir = new MqttClient(persistent);
        ChannelReader<Received> received = await heir.ListenAsync(Qos1, "log");
        await heir.ConnectAsync().WaitAsync(Limits.Wait);
        (await received.NextAsync()).Should().Be(new Received("log", "2", Qos1, Duplicate: true));
        (await received.NextAsync()).Should().Be(new Received("log", "3", Qos1, Duplicate: true));
        (await received.NextAsync()).Should().Be(new Received("log", "4", Qos1));
    }

    [Test]
    public async Task A_session_that_the_broker_has_stored_outlives_its_restart([Values] MqttProtocolVersion version, [Values(Qos1, Qos2)] MqttQualityOfService qos)
    {
        string folder = Directory.CreateTempSubdirectory("mosquitto-stored-").FullName;
        try
        {
            await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync(
                "persistence true", $"persistence_location {folder}/", "autosave_on_changes true", "autosave_interval 1");
            MqttClientOptions kept = Options(broker.Port, version) with
            {
                ClientId = "kept",
                CleanStart = false,
                SessionExpiry = version == V5 ? TimeSpan.FromHours(1) : default,
            };
            await using (var before = new MqttClient(kept))
            {
                await before.ListenAsync(qos, "log");
                await before.ConnectAsync().WaitAsync(Limits.Wait);
            }

            string[] payloads = ["first message", "second message", "third message"];
            await using (var publisher = new MqttClient(Options(broker.Port, version)))
            {
                await publisher.ConnectAsync().WaitAsync(Limits.Wait);
                foreach (string payload in payloads)
                {
                    await publisher.PublishAsync("log", Bytes(payload), qos).AsTask().WaitAsync(Limits.Wait);
                }
            }

            string file = Path.Combine(folder, "mosquitto.db");
            await Limits.UntilAsync(() => File.Exists(file) && payloads.All(payload => File.ReadAllBytes(file).AsSpan().IndexOf(Bytes(payload).Span) >= 0), "the broker stores the messages");
            await broker.RestartAsync();
            await using var after = new MqttClient(kept);
            ChannelReader<Received> received = await after.ListenAsync(qos, "log");
            await after.ConnectAsync().WaitAsync(Limits.Wait);
            foreach (string payload in payloads)
            {
                (await received.NextAsync()).Should().Be(new Received("log", payload, qos));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Handlers_may_await_what_they_publish([Values] MqttProtocolVersion version)
    {
        // Each answer waits for a round trip, which Mosquitto prolongs by 40 ms unless it is told not to collect small packets.
        const int Count = 500;
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0", "set_tcp_nodelay true");
        await using var client = new MqttClient(Options(broker.Port, version) with { MaximumInFlight = 5 });
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> answers = await client.ListenAsync(Qos1, "answer");
        await client.SubscribeAsync(
            ["question"],
            async (message, token) => await client.PublishAsync("answer", Bytes(Text(message.Payload)), Qos1, cancellationToken: token));

        Task[] questions = [.. Enumerable.Range(0, Count).Select(i => client.PublishAsync("question", Bytes($"{i}"), Qos1).AsTask())];

        await Task.WhenAll(questions).WaitAsync(Limits.Wait);
        for (int i = 0; i < Count; i++)
        {
            (await answers.NextAsync()).Payload.Should().Be($"{i}");
        }
    }

    [Test]
    public async Task Disposal_is_clean_at_any_moment([Range(1, 24)] int seed)
    {
        var random = new Random(seed);
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        var client = new MqttClient(Options(cable.Port, seed % 2 == 0 ? V3 : V5) with { MaximumInFlight = 8, SendBuffer = 1024 });
        Task connecting = client.ConnectAsync();
        ChannelReader<Received> received = await client.ListenAsync(Qos1, "x");
        Task[] publishing = [.. Enumerable.Range(0, 4).Select(_ => PublishForEverAsync(client))];

        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 60)), TimeProvider.System);
        if (random.Next(2) == 0)
        {
            cable.Cut();
        }

        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 20)), TimeProvider.System);
        await client.DisposeAsync().AsTask().WaitAsync(Limits.Wait);
        await client.DisposeAsync().AsTask().WaitAsync(Limits.Wait);

        await Task.WhenAll(publishing).WaitAsync(Limits.Wait);
        await Task.WhenAny(connecting).WaitAsync(Limits.Wait);
        client.IsConnected.Should().BeFalse();
        client.Completion.IsCompletedSuccessfully.Should().BeTrue();
        await FluentActions.Awaiting(() => client.ConnectAsync()).Should().ThrowAsync<ObjectDisposedException>();
        received.Should().NotBeNull();

        static async Task PublishForEverAsync(MqttClient client)
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    await client.PublishAsync("x", Bytes("payload"), i % 3 == 0 ? Qos1 : Qos0);
                }
            }
            catch (MqttClientException)
            {
                // How it is told that the client was disposed.
            }
        }
    }
}
