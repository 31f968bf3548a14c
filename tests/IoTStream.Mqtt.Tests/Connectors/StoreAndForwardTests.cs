using System.Diagnostics.Metrics;
using System.Globalization;
using System.Threading.Channels;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Runtime;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>A sink whose server is away stores its messages, and forwards them in their order when it is back.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StoreAndForwardTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("iotstream-spool-").FullName;

    [Test]
    public async Task While_Mosquitto_is_away_the_pipeline_goes_on_and_all_comes_in_order_when_it_is_back([Values] MqttProtocolVersion version, [Values(Qos1, Qos2)] MqttQualityOfService qos)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        await using var receiver = new Receiver(broker.Port);
        await receiver.ReadyAsync();
        await using ISinkWriter<string> writer = await OpenAsync(cable.Port, version, new MqttSinkOptions { QualityOfService = qos, Spool = Spool() });
        await WriteAsync(writer, 0, 10);
        await receiver.UntilAsync(10);
        await StopAsync(broker, cable);
        for (int first = 10; first < 1000; first += 90)
        {
            await WriteAsync(writer, first, 90);
        }

        await broker.StartAgainAsync();
        await receiver.ReadyAsync();
        cable.IsPlugged = true;
        await Limits.UntilAsync(() => Measure("waiting") == 0, "all are forwarded");
        await WriteAsync(writer, 1000, 10);
        await receiver.UntilAsync(1010);
        receiver.Numbers.Distinct().Should().Equal(Enumerable.Range(0, 1010));
        Measure("stored").Should().BeGreaterThanOrEqualTo(990 - 10);
        Directory.GetFiles(Path.Combine(_directory, "out"), "*.log").Length.Should().BeLessThan(3, "what has been forwarded is deleted");
    }

    [Test]
    public async Task What_waits_is_forwarded_by_a_later_job([Values] bool killed)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        await StopAsync(broker, cable);
        var options = new MqttSinkOptions { Spool = Spool() };
        await using (ISinkWriter<string> writer = await OpenAsync(cable.Port, V5, options))
        {
            await WriteAsync(writer, 0, 500);
            await WriteAsync(writer, 500, 500);
            if (killed)
            {
                // What a process that is killed leaves behind.
                Copy(_directory, $"{_directory}-killed");
            }
        }

        string left = killed ? $"{_directory}-killed" : _directory;
        await broker.StartAgainAsync();
        await using var receiver = new Receiver(broker.Port);
        await receiver.ReadyAsync();
        cable.IsPlugged = true;
        await using (ISinkWriter<string> later = await OpenAsync(cable.Port, V5, options with { Spool = Spool(left) }))
        {
            await WriteAsync(later, 1000, 5);
            await receiver.UntilAsync(1005);
            receiver.Numbers.Should().Equal(Enumerable.Range(0, 1005));
            await Limits.UntilAsync(() => Measure("waiting") == 0, "all are acknowledged");
        }

        using var spool = Log.Spool.Open(Spool(left), TimeProvider.System);
        spool.Count.Should().Be(0);
    }

    [Test]
    public async Task Messages_on_their_way_when_the_connection_is_lost_are_not_sent_twice([Values(Qos1, Qos2)] MqttQualityOfService qos)
    {
        using var server = new ScriptedServer();
        await using ISinkWriter<string> writer = await OpenAsync(server.Port, V5, new MqttSinkOptions { QualityOfService = qos, Spool = Spool() });
        Task writing = WriteAsync(writer, 0, 5);
        using (ScriptedServer.Conversation conversation = await server.WelcomeAsync())
        {
            for (int i = 0; i < 5; i++)
            {
                PublishPacket packet = await conversation.ReceiveAsync<PublishPacket>();
                Text(packet.Payload).Should().Be($"{i}");
                if (i == 1)
                {
                    await AcknowledgeAsync(conversation, packet);
                }
            }

            // The others are not acknowledged: after a time they are stored, and the pipeline goes on.
            await writing.WaitAsync(Limits.Wait);
            await WriteAsync(writer, 5, 2).WaitAsync(Limits.Wait);
            Measure("waiting").Should().BeInRange(6, 7);
        }

        using ScriptedServer.Conversation next = await server.WelcomeAsync(sessionPresent: true);
        foreach (int number in (int[])[0, 2, 3, 4, 5, 6])
        {
            object? packet = await next.TryReceiveAsync();
            while (packet is AcknowledgePacket)
            {
                packet = await next.TryReceiveAsync();
            }

            PublishPacket publish = packet.Should().BeOfType<PublishPacket>().Subject;
            Text(publish.Payload).Should().Be($"{number}");
            (publish.Duplicate || number >= 5).Should().BeTrue();
            await AcknowledgeAsync(next, publish);
        }

        await Limits.UntilAsync(() => Measure("waiting") == 0, "all are acknowledged");
        Task more = WriteAsync(writer, 7, 1);
        object? last = await next.TryReceiveAsync();
        while (last is AcknowledgePacket)
        {
            last = await next.TryReceiveAsync();
        }

        Text(((PublishPacket)last!).Payload).Should().Be("7");
        await AcknowledgeAsync(next, (PublishPacket)last);
        await more.WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_refused_message_fails_the_job()
    {
        using var server = new ScriptedServer();
        await using ISinkWriter<string> writer = await OpenAsync(server.Port, V5, new MqttSinkOptions { Spool = Spool() });
        Task writing = WriteAsync(writer, 0, 1);
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        PublishPacket packet = await conversation.ReceiveAsync<PublishPacket>();
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier, MqttReasonCode.NotAuthorized));
        (await FluentActions.Awaiting(() => writing.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>()).Which.ReasonCode.Should().Be(MqttReasonCode.NotAuthorized);
        await FluentActions.Awaiting(() => writer.FlushAsync(CancellationToken.None).AsTask()).Should().ThrowAsync<MqttRefusedException>();
    }

    [Test]
    public async Task A_full_spool_holds_back_or_drops_and_counts([Values] SpoolOverflow overflow)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        await StopAsync(broker, cable);
        SpoolOptions spool = Spool(change: queue => queue with { MaxBytes = 64 * 1024 }) with { WhenFull = overflow };
        await using ISinkWriter<string> writer = await OpenAsync(cable.Port, V5, new MqttSinkOptions { Spool = spool });
        int written = 0;
        Task writing = Task.CompletedTask;
        for (; written < 4000 && writing.IsCompleted; written += 100)
        {
            writing = WriteAsync(writer, written, 100);
            if (overflow == SpoolOverflow.HoldBack)
            {
                await Task.WhenAny(writing, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System));
            }
            else
            {
                await writing.WaitAsync(Limits.Wait);
            }
        }

        writing.IsCompleted.Should().Be(overflow != SpoolOverflow.HoldBack);
        await broker.StartAgainAsync();
        await using var receiver = new Receiver(broker.Port);
        await receiver.ReadyAsync();
        cable.IsPlugged = true;
        await writing.WaitAsync(Limits.Wait);
        await Limits.UntilAsync(() => Measure("waiting") == 0, "all are forwarded");
        long dropped = Measure("dropped", "full");
        await receiver.UntilAsync(written - (int)dropped);
        receiver.Numbers.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        (receiver.Numbers.Count + dropped).Should().Be(written);
        switch (overflow)
        {
            case SpoolOverflow.HoldBack:
                dropped.Should().Be(0);
                break;
            case SpoolOverflow.DropOldest:
                dropped.Should().BePositive();
                receiver.Numbers[^1].Should().Be(written - 1);
                break;
            default:
                dropped.Should().BePositive();
                receiver.Numbers[0].Should().Be(0);
                break;
        }
    }

    [Test]
    public async Task Old_messages_are_dropped_and_counted([Values] bool byExpiry)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        await StopAsync(broker, cable);
        var options = new MqttSinkOptions
        {
            Spool = Spool(change: queue => byExpiry ? queue : queue with { MaxAge = TimeSpan.FromHours(1) }),
            Expiry = byExpiry ? TimeSpan.FromHours(1) : null,
        };
        var clock = new ShiftedTime();
        await using (ISinkWriter<string> writer = await OpenAsync(cable.Port, V5, options, clock))
        {
            await WriteAsync(writer, 0, 10);
            clock.Shift = TimeSpan.FromMinutes(59);
            await WriteAsync(writer, 10, 10);
            clock.Shift = TimeSpan.FromMinutes(61);
            await broker.StartAgainAsync();
            await using var receiver = new Receiver(broker.Port);
            await receiver.ReadyAsync();
            cable.IsPlugged = true;
            await receiver.UntilAsync(10);
            receiver.Numbers.Should().Equal(Enumerable.Range(10, 10));
            Measure("dropped", byExpiry ? "expiry" : "age").Should().Be(10);
            await Limits.UntilAsync(() => Measure("waiting") == 0, "nothing waits any more");
        }
    }

    [Test]
    public async Task Epochs_keep_their_identifiers_and_an_epoch_that_is_stored_is_not_stored_again()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        await StopAsync(broker, cable);
        string log = Path.Combine(_directory, "log");
        var builder = new TopologyBuilder("gateway");
        var more = Channel.CreateUnbounded<string>();
        builder.From("in", Source.From(Enumerable.Range(0, 100).Select(number => $"{number}").ToArray()))
            .Union(builder.From("more", Source.From(more.Reader)))
            .To("out", MqttSink.To("numbers", Options(cable.Port), Text.Codec, new MqttSinkOptions { Spool = Spool() }));
        var jobOptions = new JobOptions { EpochLog = EpochLog.At(log), EpochInterval = TimeSpan.FromMilliseconds(20) };
        await using (Job job = await builder.Build().StartAsync(jobOptions))
        {
            await Limits.UntilAsync(() => Measure("waiting", step: "out") == 100, "all are stored");
        }

        using (var spool = Log.Spool.Open(Spool(), TimeProvider.System))
        {
            spool.Count.Should().Be(100);
        }

        await broker.StartAgainAsync();
        await using var receiver = new Receiver(broker.Port);
        await receiver.ReadyAsync();
        cable.IsPlugged = true;

        // The last epoch is applied again, because its end was not noted: the spool knows it.
        await using (Job again = await builder.Build().StartAsync(jobOptions))
        {
            await Limits.UntilAsync(() => Measure("waiting", step: "out") == 0, "all are forwarded");
            more.Writer.TryWrite("100");
            await receiver.UntilAsync(101);
        }

        receiver.Numbers.Should().Equal(Enumerable.Range(0, 101));
        receiver.Identifiers[..100].Select(identifier => identifier[identifier.IndexOf('/', StringComparison.Ordinal)..]).Should().Equal(Enumerable.Range(0, 100).Select(number => $"/out/1/{number}"));
    }

    [Test]
    public async Task The_spool_can_be_read_as_a_topic_of_a_durable_queue()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        using var cable = new Cable(broker.Port);
        await StopAsync(broker, cable);
        await using (ISinkWriter<string> writer = await OpenAsync(cable.Port, V5, new MqttSinkOptions { Spool = Spool() }))
        {
            await WriteAsync(writer, 0, 3);
        }

        List<string> read = [];
        var builder = new TopologyBuilder("inspected");
        builder.From("in", Spool().Queue.Read("out", Text.Codec, end: QueueEnd.Latest)).ForEach("seen", (value, context) => read.Add($"{context.Headers.Text(MqttHeaders.Topic)}={value}"));
        await using Job job = await builder.Build().StartAsync();
        await job.Completion.WaitAsync(Limits.Wait);
        read.Should().Equal("numbers=0", "numbers=1", "numbers=2");
    }

    public void Dispose()
    {
        Directory.Delete(_directory, recursive: true);
        if (Directory.Exists($"{_directory}-killed"))
        {
            Directory.Delete($"{_directory}-killed", recursive: true);
        }
    }

    private SpoolOptions Spool(string? directory = null, Func<DurableQueue, DurableQueue>? change = null)
    {
        DurableQueue queue = DurableQueue.At(directory ?? _directory) with { MaxBytes = 1 << 20, PositionInterval = TimeSpan.FromMilliseconds(20) };
        return SpoolOptions.In(change is null ? queue : change(queue), "out") with { After = TimeSpan.FromMilliseconds(100) };
    }

    // The name of the step tells the meters of tests that run at the same time apart.
    private async Task<ISinkWriter<string>> OpenAsync(int port, MqttProtocolVersion version, MqttSinkOptions options, TimeProvider? clock = null) =>
        await MqttSink.To("numbers", Options(port, version), Text.Codec, options)
            .OpenAsync(new SinkContext("test", _directory, 0, clock ?? TimeProvider.System), CancellationToken.None);

    private static Task WriteAsync(ISinkWriter<string> writer, int first, int count)
    {
        var partition = new SourcePartition("test", 0, "test");
        var buffer = new RecordBuffer<string>();
        for (int i = 0; i < count; i++)
        {
            buffer.Add(0, $"{first + i}", partition.Origin);
        }

        return writer.WriteAsync(new SinkBatch<string>(buffer), CancellationToken.None).AsTask();
    }

    private long Measure(string what, string? reason = null, string? step = null)
    {
        long sum = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "IoTStream.Mqtt.Sink" && instrument.Name == $"iotstream.mqtt.spool.{what}")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            Dictionary<string, string?> named = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string, StringComparer.Ordinal);
            if (named["iotstream.step"] == (step ?? _directory) && (reason is null || named["reason"] == reason))
            {
                sum += value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }

    private static async Task AcknowledgeAsync(ScriptedServer.Conversation conversation, PublishPacket packet)
    {
        if (packet.QualityOfService == Qos1)
        {
            await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier));
            return;
        }

        // The PUBREL that it is answered with is passed over by whoever reads on.
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubRec, packet.PacketIdentifier));
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubComp, packet.PacketIdentifier));
    }

    /// <summary>Stops the broker; when it runs again, the sink is not to reach it before somebody listens.</summary>
    private static async Task StopAsync(MosquittoBroker broker, Cable cable)
    {
        await broker.StopAsync();
        cable.IsPlugged = false;
        cable.Cut();
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (Path.GetFileName(file) is not ("lock" or "lock.owner"))
            {
                File.Copy(file, target);
            }
        }
    }

    /// <summary>The system's clock, but for what time it is.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }

    /// <summary>Notes what is published, with a session that is made anew when the server has come back.</summary>
    private sealed class Receiver(int port) : IAsyncDisposable
    {
        private readonly MqttClient _client = new(Options(port));
        private readonly List<(int Number, string Identifier)> _received = [];
        private int _seen;
        private bool _isConnected;

        public List<int> Numbers => [.. Read().Select(message => message.Number)];

        public List<string> Identifiers => [.. Read().Select(message => message.Identifier)];

        /// <summary>Completes when the subscription stands: then nothing is missed.</summary>
        public async Task ReadyAsync()
        {
            if (!_isConnected)
            {
                _isConnected = true;
                await _client.SubscribeAsync(["numbers"], Take, Qos2);
                await _client.SubscribeAsync(["ready"], (_, _) => { Interlocked.Increment(ref _seen); return default; }, Qos1);
                await _client.ConnectAsync().WaitAsync(Limits.Wait);
            }

            // A message that was under way when the server came back may have been sent before the subscription was made again.
            int seen = Volatile.Read(ref _seen);
            while (Volatile.Read(ref _seen) == seen)
            {
                await _client.PublishAsync("ready", default, Qos1).AsTask().WaitAsync(Limits.Wait);
            }
        }

        public Task UntilAsync(int count) => Limits.UntilAsync(() => Numbers.Distinct().Count() >= count, $"{count} messages come");

        public ValueTask DisposeAsync() => _client.DisposeAsync();

        private ValueTask Take(MqttMessage message, CancellationToken cancellationToken)
        {
            lock (_received)
            {
                _received.Add((
                    int.Parse(Text(message.Payload), CultureInfo.InvariantCulture), message.UserProperties.FirstOrDefault(property => property.Name == MqttHeaders.MessageId).Value ?? ""));
            }

            return default;
        }

        private List<(int Number, string Identifier)> Read()
        {
            lock (_received)
            {
                return [.. _received];
            }
        }
    }
}
