using IoTStream.Log;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Connectors;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>What a broker with a store keeps over its own end, in order or not.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class BrokerStoreTests
{
    [Test]
    public async Task Sessions_with_what_they_are_owed_and_retained_messages_outlive_the_broker([Values] bool killed)
    {
        using var folder = new StoreFolder();
        StoreFolder found = folder;
        MqttBroker broker = await folder.StartAsync();
        await using (RawClient subscriber = await RawClient.ConnectAsync(broker.Port, Lasting("s")))
        {
            await subscriber.SubscribeAsync(new TopicSubscription("a/+", Qos2), new TopicSubscription("given/up"));
            await subscriber.SendAsync(new UnsubscribePacket(2, ["given/up"]));
            await subscriber.ReadAsync<SubAckPacket>();
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "the client is away");
        await using (RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" }))
        {
            await publisher.PublishAsync("a/1", "one", Qos1, 1, properties: new PacketProperties { ContentType = "text", MessageExpiryInterval = 1000 });
            await publisher.PublishAsync("a/2", "two", Qos2, 2, retain: true);
            await publisher.PublishAsync("a/0", "not kept, since QoS 0", retain: true);
            await publisher.PublishAsync("r", "removed", Qos1, 3, retain: true);
            await publisher.PublishAsync("r", "", Qos1, 4, retain: true);
            await publisher.PublishAsync("given/up", "nobody", Qos1, 5);
            while (await publisher.ReadAsync<AcknowledgePacket>() is not { PacketIdentifier: 5 })
            {
            }

            if (killed)
            {
                found = folder.Crash();
            }
        }

        await broker.DisposeAsync();
        await using (MqttBroker next = await found.StartAsync())
        {
            (next.Statistics.Sessions, next.Statistics.Subscriptions, next.Statistics.RetainedMessages).Should().Be((1, 1, 2));
            await using RawClient back = await RawClient.OpenAsync(next.Port);
            await back.SendAsync(Lasting("s"));
            (await back.ReadAsync<ConnAckPacket>()).SessionPresent.Should().BeTrue();
            (PublishPacket first, string one) = await back.ReadPublishAsync();
            (one, first.Topic!.Text, first.QualityOfService, first.Properties!.ContentType).Should().Be(("one", "a/1", Qos1, "text"));
            first.Properties.MessageExpiryInterval.Should().BeInRange(900, 1000);
            (PublishPacket second, string two) = await back.ReadPublishAsync();
            (two, second.QualityOfService, second.Retain).Should().Be(("two", Qos2, false));
            await back.SendAsync(new AcknowledgePacket(PacketType.PubAck, first.PacketIdentifier));
            await back.SendAsync(new AcknowledgePacket(PacketType.PubRec, second.PacketIdentifier));
            (await back.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubRel, second.PacketIdentifier));
            await using RawClient other = await RawClient.ConnectAsync(next.Port, new ConnectPacket { ClientIdentifier = "o" });
            await other.SubscribeAsync(new TopicSubscription("#"));
            (await ReadAllAsync(other, 2)).Should().BeEquivalentTo("two", "not kept, since QoS 0");
        }

        // What was acknowledged is gone; what was received waits for its end, with the identifier.
        await using MqttBroker last = await found.StartAsync();
        await using RawClient once = await RawClient.ConnectAsync(last.Port, Lasting("s"));
        (await once.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRel);
        await once.PingAsync();
        if (killed)
        {
            found.Dispose();
        }
    }

    [Test]
    public async Task A_message_of_QoS_2_that_was_received_before_the_broker_was_killed_is_not_taken_twice()
    {
        using var folder = new StoreFolder();
        await using MqttBroker broker = await folder.StartAsync();
        await using RawClient subscriber = await RawClient.ConnectAsync(broker.Port, Lasting("s"));
        await subscriber.SubscribeAsync(new TopicSubscription("a", Qos1));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, Lasting("p"));
        await publisher.PublishAsync("a", "once", Qos2, 7);
        (await publisher.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        using StoreFolder crashed = folder.Crash();
        await using MqttBroker next = await crashed.StartAsync();
        await using RawClient again = await RawClient.ConnectAsync(next.Port, Lasting("p"));
        await again.PublishAsync("a", "once", Qos2, 7);
        (await again.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        await again.SendAsync(new AcknowledgePacket(PacketType.PubRel, 7));
        (await again.ReadAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(PacketType.PubComp, 7));
        using StoreFolder released = crashed.Crash();
        await using MqttBroker last = await released.StartAsync();
        await using RawClient reusing = await RawClient.ConnectAsync(last.Port, Lasting("p"));
        await reusing.PublishAsync("a", "another", Qos2, 7);
        (await reusing.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRec);
        await using RawClient back = await RawClient.ConnectAsync(last.Port, Lasting("s"));
        (await ReadAllAsync(back, 2)).Should().Equal("once", "another");
        await back.PingAsync();
    }

    [Test]
    public async Task An_identifier_stays_the_same_over_lives_of_the_broker_and_comes_as_a_duplicate([Values(Qos1, Qos2)] MqttQualityOfService qos)
    {
        using var folder = new StoreFolder();
        await using MqttBroker broker = await folder.StartAsync();
        await using RawClient subscriber = await RawClient.ConnectAsync(broker.Port, Lasting("s"));
        await subscriber.SubscribeAsync(new TopicSubscription("a", qos));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAsync(publisher, 1, 3);
        List<ushort> identifiers = [];
        for (int i = 0; i < 3; i++)
        {
            identifiers.Add((await subscriber.ReadPublishAsync()).Packet.PacketIdentifier);
        }

        using StoreFolder crashed = folder.Crash();
        await using MqttBroker next = await crashed.StartAsync();
        await using RawClient back = await RawClient.ConnectAsync(next.Port, Lasting("s"));
        foreach (ushort identifier in identifiers)
        {
            PublishPacket packet = (await back.ReadPublishAsync()).Packet;
            (packet.PacketIdentifier, packet.Duplicate).Should().Be((identifier, true));
        }

        await using RawClient more = await RawClient.ConnectAsync(next.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAsync(more, 4, 1);
        PublishPacket fresh = (await back.ReadPublishAsync()).Packet;
        (fresh.PacketIdentifier, fresh.Duplicate).Should().Be(((ushort)(identifiers[^1] + 1), false));
    }

    [Test]
    public async Task Sessions_expire_while_the_broker_is_away_and_clean_ones_leave_nothing()
    {
        using var folder = new StoreFolder();
        var time = new ManualTime();
        MqttBroker broker = await folder.StartAsync(options => options with { TimeProvider = time });
        foreach (uint seconds in new uint[] { 0, 10, 1000 })
        {
            await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket
            {
                ClientIdentifier = $"for {seconds}", CleanStart = true, Properties = new PacketProperties { SessionExpiryInterval = seconds },
            });
            await client.SubscribeAsync(new TopicSubscription("a", Qos1));
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "the clients are away");
        await broker.DisposeAsync();
        time.Advance(TimeSpan.FromSeconds(100));
        await using MqttBroker next = await folder.StartAsync(options => options with { TimeProvider = time });
        time.Advance(TimeSpan.FromSeconds(1));
        await Limits.UntilAsync(() => next.Statistics is { Sessions: 1, Subscriptions: 1 }, "one session is left");
        time.Advance(TimeSpan.FromSeconds(1000));
        await Limits.UntilAsync(() => next.Statistics.Sessions == 0, "none is left");
    }

    [Test]
    public async Task Files_stay_in_proportion_to_what_they_say()
    {
        using var folder = new StoreFolder();
        Func<MqttBrokerOptions, MqttBrokerOptions> small = options => options with { Store = options.Store! with { SegmentSize = 8192 } };
        await using MqttBroker broker = await folder.StartAsync(small);
        await using (RawClient away = await RawClient.ConnectAsync(broker.Port, Lasting("away")))
        {
            await away.SubscribeAsync(new TopicSubscription("kept", Qos1));
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "the client is away");
        await using RawClient subscriber = await RawClient.ConnectAsync(broker.Port, Lasting("s"));
        await subscriber.SubscribeAsync(new TopicSubscription("a", Qos1));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await publisher.PublishAsync("kept", "from the beginning", Qos1, 60_000, retain: true);
        await publisher.ReadAsync<AcknowledgePacket>();
        for (int i = 0; i < 100; i++)
        {
            await PublishAsync(publisher, 1, 20, new string('x', 200));
            for (int j = 0; j < 20; j++)
            {
                await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubAck, (await subscriber.ReadPublishAsync()).Packet.PacketIdentifier));
            }
        }

        await subscriber.PingAsync();
        folder.Size.Should().BeLessThan(10 * 8192, "400,000 bytes of messages went through");
        using StoreFolder crashed = folder.Crash();
        await using MqttBroker next = await crashed.StartAsync(small);
        await using RawClient back = await RawClient.ConnectAsync(next.Port, Lasting("away"));
        (await ReadAllAsync(back, 1)).Should().Equal("from the beginning");
        next.Statistics.RetainedMessages.Should().Be(1);
    }

    [Test]
    public async Task A_store_that_is_full_drops_for_those_who_are_away_until_there_is_room()
    {
        using var folder = new StoreFolder();
        await using MqttBroker broker = await folder.StartAsync(options => options with { Store = options.Store! with { SegmentSize = 4096, MaxBytes = 20_000 } });
        await using (RawClient away = await RawClient.ConnectAsync(broker.Port, Lasting("s")))
        {
            await away.SubscribeAsync(new TopicSubscription("a", Qos1));
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "the client is away");
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (int i = 0; i < 30; i++)
        {
            await PublishAsync(publisher, 1, 1, new string('x', 1000));
        }

        broker.Statistics.MessagesDropped.Should().BeInRange(5, 20);
        folder.Size.Should().BeLessThan(45_000);
        int kept = 30 - (int)broker.Statistics.MessagesDropped;
        await using RawClient back = await RawClient.ConnectAsync(broker.Port, Lasting("s"));
        for (int i = 0; i < kept; i++)
        {
            await back.SendAsync(new AcknowledgePacket(PacketType.PubAck, (await back.ReadPublishAsync()).Packet.PacketIdentifier));
        }

        await back.PingAsync();
        await PublishAsync(publisher, 1, 1, "room again");
        (await ReadAllAsync(back, 1)).Should().Equal("room again");
    }

    [Test]
    public async Task A_write_cut_short_is_forgotten_and_damage_is_told()
    {
        using var folder = new StoreFolder();
        MqttBroker broker = await folder.StartAsync();
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (ushort i = 1; i <= 3; i++)
        {
            await publisher.PublishAsync($"r/{i}", "retained", Qos1, i, retain: true);
            await publisher.ReadAsync<AcknowledgePacket>();
        }

        using StoreFolder torn = folder.Crash();
        using StoreFolder damaged = folder.Crash();
        await broker.DisposeAsync();
        using (var file = new FileStream(torn.LastSegment, FileMode.Open))
        {
            file.SetLength(file.Length - 5);
        }

        await using (MqttBroker next = await torn.StartAsync())
        {
            next.Statistics.RetainedMessages.Should().Be(2);
        }

        using (var file = new FileStream(damaged.LastSegment, FileMode.Open))
        {
            file.Position = 64 + 24 + 5;
            file.WriteByte(0xEE);
        }

        Func<Task> starting = () => damaged.StartAsync();
        (await starting.Should().ThrowAsync<LogDamagedException>()).Which.File.Should().Be(damaged.LastSegment);
    }

    [Test]
    public async Task One_store_is_one_broker_s()
    {
        using var folder = new StoreFolder();
        await using (MqttBroker first = await folder.StartAsync())
        {
            Func<Task> second = () => folder.StartAsync();
            await second.Should().ThrowAsync<LogInUseException>();
        }

        await using MqttBroker next = await folder.StartAsync();
        next.StoreFailure.Should().BeNull();
    }

    [Test]
    public async Task Options_of_the_store_are_checked()
    {
        using var folder = new StoreFolder();
        MqttBrokerStore store = MqttBrokerStore.At(folder.Path);
        Action segment = () => _ = store with { SegmentSize = 100 };
        segment.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*SegmentSize*");
        Func<Task> bytes = () => folder.StartAsync(options => options with { Store = store with { MaxBytes = 1000 } });
        await bytes.Should().ThrowAsync<ArgumentException>().WithMessage("*MaxBytes*");
        Func<Task> identifiers = () => folder.StartAsync(options => options with { MaxQueuedMessages = 60_000 });
        await identifiers.Should().ThrowAsync<ArgumentException>().WithMessage("*MaxQueuedMessages*");
    }

    [Test]
    public async Task A_pipeline_s_session_outlives_the_broker_with_its_numbers()
    {
        using var folder = new StoreFolder();
        var options = new MqttBrokerSourceOptions { Session = "kept" };
        MqttBroker broker = await folder.StartAsync();
        byte[] position;
        StoreFolder crashed;
        await using (OpenedSource<string> source = await OpenedSource<string>.OpenAsync(broker.Source("a", Connectors.Text.Codec, options), position: null, hurry: () => { }))
        {
            await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
            await PublishAsync(publisher, 1, 4);
            await source.ReadAsync(4);
            source.Acknowledge(1);
            position = source.Position();
            await PublishAsync(publisher, 5, 3);
            crashed = folder.Crash();
        }

        await broker.DisposeAsync();
        using StoreFolder found = crashed;
        await using MqttBroker next = await found.StartAsync();
        await using OpenedSource<string> resumed = await OpenedSource<string>.OpenAsync(next.Source("a", Connectors.Text.Codec, options), position, hurry: () => { });
        await resumed.ReadAsync(3);
        resumed.Values.Should().Equal("5", "6", "7");
        position = resumed.Position();
        resumed.Acknowledge(3);

        // With nothing left that has a number, the next one is still a new one.
        await using RawClient other = await RawClient.ConnectAsync(next.Port, new ConnectPacket { ClientIdentifier = "p", Properties = null });
        await other.PingAsync();
        using StoreFolder empty = found.Crash();
        await using MqttBroker last = await empty.StartAsync();
        await using OpenedSource<string> anew = await OpenedSource<string>.OpenAsync(last.Source("a", Connectors.Text.Codec, options), position, hurry: () => { });
        await using RawClient more = await RawClient.ConnectAsync(last.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAsync(more, 8, 1);
        await anew.ReadAsync(1);
        anew.Values.Should().Equal("8");
    }

    [Test]
    public async Task What_is_published_before_the_job_is_back_waits_for_it()
    {
        using var folder = new StoreFolder();
        var options = new MqttBrokerSourceOptions { Session = "kept" };
        MqttBroker broker = await folder.StartAsync();
        byte[] position;
        StoreFolder crashed;
        await using (OpenedSource<string> source = await OpenedSource<string>.OpenAsync(broker.Source("a", Connectors.Text.Codec, options), position: null, hurry: () => { }))
        {
            await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
            await PublishAsync(publisher, 1, 4);
            await source.ReadAsync(4);
            position = source.Position();
            crashed = folder.Crash();
        }

        await broker.DisposeAsync();
        using StoreFolder found = crashed;
        await using MqttBroker next = await found.StartAsync();
        await using RawClient again = await RawClient.ConnectAsync(next.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAsync(again, 5, 3);
        await using OpenedSource<string> resumed = await OpenedSource<string>.OpenAsync(next.Source("a", Connectors.Text.Codec, options), position, hurry: () => { });
        await PublishAsync(again, 8, 1);
        await resumed.ReadAsync(4);
        resumed.Values.Should().Equal("5", "6", "7", "8");
    }

    private static ConnectPacket Lasting(string client) => new()
    {
        ClientIdentifier = client, CleanStart = false, Properties = new PacketProperties { SessionExpiryInterval = 10_000 },
    };

    private static async Task PublishAsync(RawClient publisher, int first, int count, string? payload = null)
    {
        for (int i = first; i < first + count; i++)
        {
            await publisher.PublishAsync("a", payload ?? $"{i}", Qos2, (ushort)i);
        }

        for (int i = 0; i < count; i++)
        {
            AcknowledgePacket received = await publisher.ReadAsync<AcknowledgePacket>();
            received.Type.Should().Be(PacketType.PubRec);
            await publisher.SendAsync(new AcknowledgePacket(PacketType.PubRel, received.PacketIdentifier));
        }

        for (int i = 0; i < count; i++)
        {
            (await publisher.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubComp);
        }
    }

    private static async Task<List<string>> ReadAllAsync(RawClient client, int count)
    {
        var payloads = new List<string>();
        while (payloads.Count < count)
        {
            payloads.Add((await client.ReadPublishAsync()).Payload);
        }

        return payloads;
    }
}
