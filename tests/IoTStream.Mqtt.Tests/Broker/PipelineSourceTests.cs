using System.Collections.Concurrent;
using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Connectors;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Operators;
using IoTStream.Runtime;
using static IoTStream.Mqtt.Tests.Client.MqttTest;
using Delivery = IoTStream.Connectors.Delivery;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>A pipeline takes messages from the broker of its own process.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class PipelineSourceTests
{
    private static readonly MqttBrokerSourceOptions Kept = new() { Session = "kept" };

    [Test]
    public async Task Messages_of_every_quality_come_with_their_topics_and_properties()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using OpenedSource<string> source = await OpenedSource<string>.OpenAsync(broker.Source("a/+", Connectors.Text.Codec));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await publisher.PublishAsync("a/0", "zero");
        await publisher.PublishAsync("a/1", "one", Qos1, 1, properties: new PacketProperties
        {
            ContentType = "text/plain", UserProperties = [new MqttUserProperty("k", "v")], MessageExpiryInterval = 100,
        });
        await publisher.PublishAsync("a/2", "two", Qos2, 2);
        await publisher.PublishAsync("b/3", "not subscribed");
        await publisher.PublishAsync("a/4", "? does not decode", Qos1, 4);
        await source.ReadAsync(4);
        source.Values.Should().Equal("zero", "one", "two");
        source.Headers.Select(headers => headers.Text(MqttHeaders.Topic)).Should().Equal("a/0", "a/1", "a/2");
        source.Headers[1].Text(MqttHeaders.ContentType).Should().Be("text/plain");
        source.Headers[1].Text("k").Should().Be("v");
        source.DeadLetters.Single().Headers.Text(MqttHeaders.Topic).Should().Be("a/4");
    }

    [Test]
    public async Task Levels_of_topics_are_bound_and_filters_may_overlap()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using OpenedSource<string> bound = await OpenedSource<string>.OpenAsync(
            broker.Source("city/{district}/{sensor}/speed", Connectors.Text.Codec, (speed, topic) => $"{topic["district"]}-{topic["sensor"]}: {speed}"));
        await using OpenedSource<string> overlapping = await OpenedSource<string>.OpenAsync(broker.Source(["city/#", "city/+/7/speed"], Connectors.Text.Codec));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await publisher.PublishAsync("city/north/7/speed", "30");
        await publisher.PublishAsync("city/end", "end");
        await bound.ReadAsync(1);
        bound.Values.Should().Equal("north-7: 30");
        await overlapping.ReadAsync(2);
        overlapping.Values.Should().Equal("30", "end");
    }

    [Test]
    public async Task What_is_retained_comes_first_and_not_again_to_a_kept_session()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (int i = 0; i < 20; i++)
        {
            await publisher.PublishAsync($"a/{i}", "retained", i % 2 == 0 ? Qos0 : Qos1, (ushort)(i % 2 == 0 ? 0 : i), retain: true);
        }

        await publisher.PublishAsync("end", "end", Qos2, 99);
        while (await publisher.ReadAsync<AcknowledgePacket>() is not { PacketIdentifier: 99 })
        {
        }

        ISource<string> source = broker.Source("a/+", Connectors.Text.Codec, Kept with { Capacity = 3 });
        await using (OpenedSource<string> first = await OpenedSource<string>.OpenAsync(source))
        {
            await first.ReadAsync(20);
            first.Acknowledge(20);
        }

        await using OpenedSource<string> second = await OpenedSource<string>.OpenAsync(source);
        await publisher.PublishAsync("a/new", "new", Qos1, 100);
        await second.ReadAsync(1);
        second.Values.Should().Equal("new");
    }

    [Test]
    public async Task What_an_abandoned_run_has_not_acknowledged_comes_again()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        ISource<string> source = broker.Source("a", Connectors.Text.Codec, Kept);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await using (OpenedSource<string> abandoned = await OpenedSource<string>.OpenAsync(source))
        {
            await PublishAsync(publisher, 1, 10);
            await abandoned.ReadAsync(10);
            abandoned.Acknowledge(4);
        }

        await PublishAsync(publisher, 11, 2);
        await using OpenedSource<string> next = await OpenedSource<string>.OpenAsync(source);
        await PublishAsync(publisher, 13, 1);
        await next.ReadAsync(9);
        next.Values.Should().Equal("5", "6", "7", "8", "9", "10", "11", "12", "13");
    }

    [Test]
    public async Task What_the_position_has_is_acknowledged_and_does_not_come_again()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        ISource<string> source = broker.Source("a", Connectors.Text.Codec, Kept);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        byte[] position;
        await using (OpenedSource<string> crashed = await OpenedSource<string>.OpenAsync(source, position: null, hurry: () => { }))
        {
            await PublishAsync(publisher, 1, 3);
            await crashed.ReadAsync(3);
            position = crashed.Position();
            await PublishAsync(publisher, 4, 2);
            await crashed.ReadAsync(5);
        }

        await using (OpenedSource<string> resumed = await OpenedSource<string>.OpenAsync(source, position, hurry: () => { }))
        {
            await resumed.ReadAsync(2);
            resumed.Values.Should().Equal("4", "5");
            resumed.Position().Should().NotEqual(position);
            position = resumed.Position();
        }

        // A position of a session that is not there any more says nothing about the next one of that name.
        await using MqttBroker other = await Brokers.StartAsync();
        await using OpenedSource<string> anew = await OpenedSource<string>.OpenAsync(other.Source("a", Connectors.Text.Codec, Kept), position, hurry: () => { });
        await using RawClient otherPublisher = await RawClient.ConnectAsync(other.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAsync(otherPublisher, 1, 1);
        await anew.ReadAsync(1);
    }

    [Test]
    public async Task A_pipeline_that_is_late_holds_publishers_back_and_asks_for_an_epoch()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { SlowConsumerTimeout = TimeSpan.FromMilliseconds(1) });
        int wanted = 0;
        await using OpenedSource<string> source = await OpenedSource<string>.OpenAsync(
            broker.Source("a", Connectors.Text.Codec, Kept with { Capacity = 10 }), position: null, hurry: () => wanted++);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (int i = 1; i <= 25; i++)
        {
            await publisher.PublishAsync("a", $"{i}", Qos1, (ushort)i);
        }

        for (int i = 1; i <= 10; i++)
        {
            (await publisher.ReadAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be((ushort)i);
        }

        await source.ReadAsync(10);
        wanted.Should().BePositive("ten messages wait for an acknowledgement");
        source.ReadOnce().Should().Be(0);
        broker.Statistics.MessagesReceived.Should().BeLessThan(25);
        source.Acknowledge(8);
        await source.ReadAsync(18);
        source.Acknowledge(18);
        await source.ReadAsync(25);
        source.Values.Should().Equal(Enumerable.Range(1, 25).Select(i => $"{i}"));
    }

    [Test]
    public async Task QoS_0_is_held_back_or_dropped_as_the_policy_says([Values] SlowConsumerPolicy policy)
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { SlowConsumerPolicy = policy });
        await using OpenedSource<string> source = await OpenedSource<string>.OpenAsync(
            broker.Source("a", Connectors.Text.Codec, Kept with { Capacity = 5 }));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        for (int i = 1; i <= 12; i++)
        {
            await publisher.PublishAsync("a", $"{i}");
        }

        if (policy == SlowConsumerPolicy.DropQos0)
        {
            await publisher.PingAsync();
            broker.Statistics.MessagesDropped.Should().Be(7);
        }
        else if (policy == SlowConsumerPolicy.Disconnect)
        {
            await publisher.PingAsync();
            Func<Task> reading = () => source.ReadAsync(6);
            (await reading.Should().ThrowAsync<MqttClientException>()).WithMessage("*SlowConsumerPolicy*");
            return;
        }

        await source.ReadAsync(policy == SlowConsumerPolicy.DropQos0 ? 5 : 12);
    }

    [Test]
    public async Task A_job_that_stops_hands_out_what_waits_and_leaves_what_comes_later_to_the_session()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        ISource<string> source = broker.Source("a", Connectors.Text.Codec, Kept);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await using (OpenedSource<string> stopping = await OpenedSource<string>.OpenAsync(source))
        {
            await PublishAsync(publisher, 1, 3);
            stopping.BeginDrain();
            await PublishAsync(publisher, 4, 1);
            await stopping.ReadToEndAsync();
            stopping.Values.Should().Equal("1", "2", "3");
            stopping.Acknowledge(3);
        }

        await using OpenedSource<string> next = await OpenedSource<string>.OpenAsync(source);
        await next.ReadAsync(1);
        next.Values.Should().Equal("4");
    }

    [Test]
    public async Task A_session_expires_and_one_without_a_name_ends_with_its_job()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await (await OpenedSource<string>.OpenAsync(broker.Source("a", Connectors.Text.Codec))).DisposeAsync();
        broker.Statistics.Subscriptions.Should().Be(0);
        await (await OpenedSource<string>.OpenAsync(broker.Source("a", Connectors.Text.Codec, Kept with { SessionExpiry = TimeSpan.FromHours(1) }))).DisposeAsync();
        time.Advance(TimeSpan.FromMinutes(59));
        broker.Statistics.Subscriptions.Should().Be(1);
        time.Advance(TimeSpan.FromMinutes(2));
        await broker.SubscriptionsAsync(0);
    }

    [Test]
    public async Task Filters_that_a_source_has_no_more_are_unsubscribed()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await (await OpenedSource<string>.OpenAsync(broker.Source(["a", "b"], Connectors.Text.Codec, Kept))).DisposeAsync();
        await using OpenedSource<string> source = await OpenedSource<string>.OpenAsync(broker.Source(["b", "c"], Connectors.Text.Codec, Kept));
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await publisher.PublishAsync("a", "a");
        await publisher.PublishAsync("b", "b");
        await publisher.PublishAsync("c", "c");
        await source.ReadAsync(2);
        source.Values.Should().Equal("b", "c");
    }

    [Test]
    public async Task A_second_source_takes_the_session_over_and_a_client_of_that_name_does_not()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        ISource<string> source = broker.Source("a", Connectors.Text.Codec, Kept);
        await using OpenedSource<string> first = await OpenedSource<string>.OpenAsync(source);
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "kept", CleanStart = true });
        first.ReadOnce().Should().Be(0);
        await using OpenedSource<string> second = await OpenedSource<string>.OpenAsync(source);
        Action reading = () => first.ReadOnce();
        reading.Should().Throw<MqttClientException>().WithMessage("*taken over*'kept'*");
        await client.PublishAsync("a", "goes on");
        await second.ReadAsync(1);
    }

    [Test]
    public async Task A_broker_that_is_disposed_ends_its_pipelines()
    {
        MqttBroker broker = await Brokers.StartAsync();
        ISource<string> source = broker.Source("a", Connectors.Text.Codec);
        await using OpenedSource<string> open = await OpenedSource<string>.OpenAsync(source);
        await broker.DisposeAsync();
        Action reading = () => open.ReadOnce();
        reading.Should().Throw<MqttClientException>().WithMessage("*disposed*");
        Func<Task> opening = () => OpenedSource<string>.OpenAsync(source);
        await opening.Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Messages_that_expire_while_no_job_runs_do_not_come()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        ISource<string> source = broker.Source("a", Connectors.Text.Codec, Kept with { Capacity = 1 });
        await (await OpenedSource<string>.OpenAsync(source)).DisposeAsync();
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await publisher.PublishAsync("a", "expires", Qos1, 1, properties: new PacketProperties { MessageExpiryInterval = 10 });
        await publisher.ReadAsync<AcknowledgePacket>();
        time.Advance(TimeSpan.FromSeconds(11));
        await using OpenedSource<string> later = await OpenedSource<string>.OpenAsync(source);
        await publisher.PublishAsync("a", "later", Qos1, 2);
        await later.ReadAsync(1);
        later.Values.Should().Equal("later");
    }

    [Test]
    public async Task Sources_and_clients_share_a_subscription()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        ISource<string> source = broker.Source("$share/s/a", Connectors.Text.Codec);
        await using OpenedSource<string> one = await OpenedSource<string>.OpenAsync(source);
        await using OpenedSource<string> two = await OpenedSource<string>.OpenAsync(source);
        await using RawClient publisher = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "p" });
        await PublishAsync(publisher, 1, 10);
        await one.ReadAtLeastAsync(1);
        await two.ReadAtLeastAsync(1);
        one.ReadOnce();
        two.ReadOnce();
        one.Values.Concat(two.Values).Order().Should().Equal(Enumerable.Range(1, 10).Select(i => $"{i}").Order());
    }

    [Test]
    public async Task A_job_on_several_lanes_takes_what_many_clients_publish([Values(1, 4)] int lanes)
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        var counts = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var builder = new TopologyBuilder("readings");
        builder.From("messages", broker.Source("devices/{device}", Connectors.Text.Codec, (text, topic) => (Device: topic["device"], Number: text), new() { Capacity = 64 }))
            .KeyBy(reading => reading.Device)
            .Process("counted", () => new Counting())
            .ForEach("counts", count => counts[count.Device] = count.Count);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async device =>
        {
            await using var client = new MqttClient(Options(broker.Port));
            await client.ConnectAsync().WaitAsync(Limits.Wait);
            for (int i = 0; i < 500; i++)
            {
                await client.PublishAsync($"devices/{device}", Bytes(i.ToString(CultureInfo.InvariantCulture)), i % 2 == 0 ? Qos0 : Qos1);
            }
        }));
        await Limits.UntilAsync(() => counts.Count == 4 && counts.Values.All(count => count == 500), "all messages have come");
        await job.StopAsync().WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task Options_and_filters_are_checked()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        Describing("a/#/b").Should().Throw<ArgumentException>();
        Describing(string.Join('/', Enumerable.Repeat("a", 300))).Should().Throw<ArgumentException>().WithMessage("*levels*");
        Describing("a", new() { Capacity = 0 }).Should().Throw<ArgumentException>().WithMessage("*Capacity*");
        Describing("a", new() { Session = "" }).Should().Throw<ArgumentException>().WithMessage("*Session*");
        Describing("a", new() { Session = "s", SessionExpiry = TimeSpan.Zero }).Should().Throw<ArgumentException>().WithMessage("*SessionExpiry*");
        Describing("a", new() { QualityOfService = (MqttQualityOfService)3 }).Should().Throw<ArgumentException>().WithMessage("*QualityOfService*");
        broker.Source("a", Connectors.Text.Codec).Delivery.Should().Be(Delivery.AtMostOnce);
        broker.Source("a", Connectors.Text.Codec, Kept).Delivery.Should().Be(Delivery.ExactlyOnce);
        broker.Source("a", Connectors.Text.Codec, Kept with { QualityOfService = Qos0 }).Delivery.Should().Be(Delivery.AtMostOnce);

        Action Describing(string filter, MqttBrokerSourceOptions? options = null) => () => broker.Source(filter, Connectors.Text.Codec, options);
    }

    private static async Task PublishAsync(RawClient publisher, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            await publisher.PublishAsync("a", $"{i}", Qos1, (ushort)i);
        }

        for (int i = 0; i < count; i++)
        {
            await publisher.ReadAsync<AcknowledgePacket>();
        }
    }

    private sealed class Counting : KeyedProcess<string, (string Device, string Number), (string Device, int Count)>
    {
        private readonly State.ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord((string Device, string Number) record, KeyedProcessContext<string, (string Device, int Count)> context) =>
            context.Emit((record.Device, ++_count.Value));
    }
}
