using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>What one client or the retained messages may hold is limited by bytes, however few the messages are.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ByteBudgetTests
{
    private const int Messages = 40;
    private static readonly TimeSpan Now = TimeSpan.Zero;

    [Test]
    public async Task A_stalled_subscriber_holds_publishers_back_at_its_budget_and_then_gets_all_in_order()
    {
        // 15 of 64 KiB fit into 1 MiB, since their topics count too.
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxQueuedBytes = 1 << 20 });
        await using RawClient subscriber = await RawClient.ConnectAsync(
            broker.Port, new ConnectPacket { ClientIdentifier = "s" }, receiveBuffer: 16 * 1024);
        await subscriber.SubscribeAsync(new TopicSubscription("a", MqttQualityOfService.AtLeastOnce));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        Task publishing = PublishAllAsync(publisher);
        for (int id = 1; id <= 15; id++)
        {
            (await publisher.ReadAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be((ushort)id);
        }

        Task<AcknowledgePacket> next = publisher.ReadAsync<AcknowledgePacket>();
        for (int i = 1; i <= Messages; i++)
        {
            (PublishPacket packet, string payload) = await subscriber.ReadPublishAsync();
            payload.Should().Be(Payload(i));
            (i > 1 || !next.IsCompleted).Should().BeTrue("there is no room before the first acknowledgement");
            await subscriber.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
        }

        (await next).PacketIdentifier.Should().Be(16);
        await publishing;
        broker.Statistics.MessagesDropped.Should().Be(0);
    }

    [Test]
    public async Task What_a_client_that_is_away_is_owed_beyond_its_budget_is_dropped_and_counted()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxQueuedBytes = 3 * 101 });
        var connect = new ConnectPacket
        {
            ClientIdentifier = "s",
            CleanStart = false,
            Properties = new PacketProperties { SessionExpiryInterval = 100 },
        };
        await using (RawClient subscriber = await RawClient.ConnectAsync(broker.Port, connect))
        {
            await subscriber.SubscribeAsync(new TopicSubscription("a", MqttQualityOfService.AtLeastOnce));
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "the subscriber is away");
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (ushort id = 1; id <= 5; id++)
        {
            await publisher.PublishAsync("a", new string((char)('0' + id), 100), MqttQualityOfService.AtLeastOnce, id);
            await publisher.ReadAsync<AcknowledgePacket>();
        }

        broker.Statistics.MessagesDropped.Should().Be(2);
        await using RawClient again = await RawClient.ConnectAsync(broker.Port, connect);
        for (int i = 1; i <= 3; i++)
        {
            (await again.ReadPublishAsync()).Payload.Should().StartWith($"{i}");
        }
    }

    [Test]
    public void A_message_above_the_budget_has_room_alone_and_gives_it_back()
    {
        using var context = new BrokerContext(new MqttBrokerOptions { MaxQueuedBytes = 10 });
        var backlog = new Backlog(context) { InflightLimit = 10 };
        var outbox = new Outbox(new Writes(), MqttProtocolVersion.V500, int.MaxValue, topicAliasMaximum: 0, context);
        Publication big = Message("a", 100);
        backlog.HasRoomFor(big).Should().BeTrue();
        Add(backlog, big, outbox);
        (backlog.IsFull, backlog.HasRoomFor(Message("a", 1))).Should().Be((true, false));
        backlog.Acknowledge(1).Should().BeTrue();
        (backlog.IsFull, backlog.HasRoomFor(big)).Should().Be((false, true));

        Add(backlog, big, outbox: null);
        backlog.IsFull.Should().BeTrue();
        backlog.Clear();
        backlog.IsFull.Should().BeFalse();
    }

    [Test]
    public void A_message_that_the_client_cannot_take_gives_its_room_back()
    {
        using var context = new BrokerContext(new MqttBrokerOptions { MaxQueuedBytes = 10 });
        var backlog = new Backlog(context) { InflightLimit = 10 };
        Add(backlog, Message("a", 100), new Outbox(new Writes(), MqttProtocolVersion.V500, maximumPacketSize: 50, topicAliasMaximum: 0, context));
        (backlog.IsFull, context.Counters.DroppedFor(DropReason.TooLarge)).Should().Be((false, 1L));
    }

    [Test]
    public async Task No_more_is_encoded_than_the_outbox_has_room_for_neither_at_first_nor_again()
    {
        using var context = new BrokerContext(new MqttBrokerOptions { OutboundBufferSize = 2048 });
        var backlog = new Backlog(context) { InflightLimit = 100 };
        int[] sizes = [900, 900, 900, 5000, 100, 900, 900, 900];
        Writes first = await SendAsync(context, backlog, outbox => Array.ForEach(sizes, size => Add(backlog, Message("a", size), outbox)));
        first.Sizes.Should().Equal([2 * 908, 908, 5008, 107 + (2 * 908), 908], "a larger message goes alone");

        backlog.RepeatAll();
        Writes again = await SendAsync(context, backlog, outbox => backlog.Send(outbox, []));
        again.Sizes.Should().Equal(first.Sizes, "what was not acknowledged is repeated in the same order");
        context.Counters.Sent.Should().Be(2 * sizes.Length);
    }

    [Test]
    public void Retained_messages_are_refused_beyond_their_budget_and_outdated_ones_go()
    {
        var retained = new RetainedMessages(limit: 100, byteLimit: 10);
        retained.Set(Message("a", 4)).Should().BeTrue();
        retained.Set(Message("b", 4)).Should().BeTrue();
        retained.Set(Message("c", 1)).Should().BeFalse("there is no room");
        retained.Set(Message("a", 3)).Should().BeTrue("it takes the place of a larger one");
        retained.Set(Message("a", 5)).Should().BeFalse();
        retained.Find("#", Now).Select(message => message.Topic.Text).Should().Equal(["b"], "the old message of a is not its last");
        retained.Set(Message("b", 0)).Should().BeTrue();
        retained.Set(Message("c", 9)).Should().BeTrue("all room is free again");
        retained.Count.Should().Be(1);
    }

    [Test]
    public async Task A_message_that_cannot_be_retained_is_delivered_and_counted()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxRetainedBytes = 100 });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.SubscribeAsync(new TopicSubscription("a"));
        await client.PublishAsync("a", new string('x', 100), retain: true);
        (await client.ReadPublishAsync()).Payload.Length.Should().Be(100);
        (broker.Statistics.RetainedMessages, broker.Statistics.MessagesDropped).Should().Be((0, 1L));
    }

    [Test]
    public async Task Budgets_out_of_range_are_refused()
    {
        foreach (MqttBrokerOptions options in new MqttBrokerOptions[]
        {
            new() { MaxQueuedBytes = 0 }, new() { MaxRetainedBytes = -1 }, new() { OutboundBufferSize = int.MaxValue },
        })
        {
            await FluentActions.Awaiting(() => Brokers.StartAsync(_ => options)).Should().ThrowAsync<ArgumentException>();
        }
    }

    private static async Task PublishAllAsync(RawClient publisher)
    {
        for (int i = 1; i <= Messages; i++)
        {
            await publisher.PublishAsync("a", Payload(i), MqttQualityOfService.AtLeastOnce, (ushort)i);
        }
    }

    private static string Payload(int number) => $"{number}".PadRight(64 * 1024, 'x');

    private static Publication Message(string topic, int size) => Publication.Of(
        new WillMessage(TopicName.Create(topic), new byte[size], MqttQualityOfService.AtLeastOnce), Now);

    private static void Add(Backlog backlog, Publication publication, Outbox? outbox) =>
        backlog.Add(publication, new PublishHeader(MqttQualityOfService.AtLeastOnce, Retain: false, []), outbox, []);

    /// <summary>Fills an outbox, lets it send all, and returns what it wrote.</summary>
    private static async Task<Writes> SendAsync(BrokerContext context, Backlog backlog, Action<Outbox> fill)
    {
        var writes = new Writes();
        var outbox = new Outbox(writes, MqttProtocolVersion.V311, int.MaxValue, topicAliasMaximum: 0, context);
        outbox.Refill = written => backlog.Send(outbox, written);
        fill(outbox);
        Task sending = outbox.SendAsync();
        outbox.Complete();
        await sending;
        return writes;
    }

    /// <summary>Notes how much is written at a time.</summary>
    private sealed class Writes : MemoryStream
    {
        public List<int> Sizes { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Sizes.Add(buffer.Length);
            return default;
        }
    }
}
