using System.Buffers;
using System.Globalization;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using static IoTStream.Mqtt.Tests.Client.MqttTest;
using Delivery = IoTStream.Connectors.Delivery;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>With a session that the server keeps, and an epoch log, each message has its effect once, whatever becomes of connections and jobs.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ExactlyOnceTests
{
    private const int Messages = 3000;

    [Test]
    public async Task Mosquitto_s_messages_come_once_over_cut_connections_and_cancelled_jobs([Values] MqttProtocolVersion version, [Values(Qos1, Qos2)] MqttQualityOfService qos, [Values(1, 2)] int seed)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0", "max_inflight_messages 200");
        await RunAsync(broker.Port, version, qos, seed);
    }

    [Test]
    public async Task The_embedded_broker_s_messages_come_once_too()
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        await RunAsync(broker.Port, MqttProtocolVersion.V500, Qos1, seed: 3);
    }

    [Test]
    public async Task Messages_taken_from_the_broker_in_the_process_come_once_over_cancelled_jobs([Values(Qos1, Qos2)] MqttQualityOfService qos, [Values(1, 4)] int lanes)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        var options = new MqttBrokerSourceOptions { Session = "once", QualityOfService = qos, Capacity = 100 };
        await RunAsync(broker.Port, broker.Source("numbers/+", Text.Codec, options), qos, seed: 4 + lanes, lanes, cut: null);
    }

    [Test]
    public void Only_a_session_that_is_kept_gives_every_message_once()
    {
        Deliveries(Options(1)).Should().Be(Delivery.AtMostOnce);
        Deliveries(Persistent(1, V5)).Should().Be(Delivery.ExactlyOnce);
        Deliveries(Persistent(1, V5), Qos0).Should().Be(Delivery.AtMostOnce);
        Deliveries(Persistent(1, V3)).Should().Be(Delivery.ExactlyOnce);

        static Delivery Deliveries(MqttClientOptions options, MqttQualityOfService qos = Qos1) => MqttSource.Subscribe("a", options, Text.Codec, qos).Delivery;
    }

    private static async Task RunAsync(int port, MqttProtocolVersion version, MqttQualityOfService qos, int seed)
    {
        using var cable = new Cable(port);
        await RunAsync(port, MqttSource.Subscribe("numbers/+", Persistent(cable.Port, version), Text.Codec, qos), qos, seed, lanes: 2, cable.Cut);
    }

    private static async Task RunAsync(int port, ISource<string> source, MqttQualityOfService qos, int seed, int lanes, Action? cut)
    {
        var random = new Random(seed);
        var sink = new Applied();
        string directory = Directory.CreateTempSubdirectory("iotstream-mqtt-").FullName;
        try
        {
            var builder = new TopologyBuilder("once");
            builder.From("messages", source)
                .KeyBy(text => text)
                .Process("counted", () => new Counting())
                .To("applied", sink);
            Topology topology = builder.Build(Delivery.ExactlyOnce);
            var options = new JobOptions { Lanes = lanes, EpochLog = EpochLog.At(directory), EpochInterval = TimeSpan.FromMilliseconds(20) };

            // The server is to have the session before anything is published.
            await (await topology.StartAsync(options)).DisposeAsync();
            Task publishing = PublishAsync(port, qos);
            while (sink.Count < Messages)
            {
                await using Job job = await topology.StartAsync(options);
                int goal = Math.Min(Messages, sink.Count + random.Next(1, 600));
                await Limits.UntilAsync(() => sink.Count >= goal || job.Completion.IsCompleted, "some messages come");
                if (cut is not null && random.Next(2) == 0)
                {
                    cut();
                    goal = Math.Min(Messages, sink.Count + random.Next(1, 300));
                    await Limits.UntilAsync(() => sink.Count >= goal || job.Completion.IsCompleted, "messages come again");
                }

                job.Status.Should().Be(JobStatus.Running);
            }

            await publishing;
            await using (Job last = await topology.StartAsync(options))
            {
                await last.StopAsync().WaitAsync(Limits.Wait);
            }

            sink.Lines.Order(StringComparer.Ordinal).Should().Equal(Enumerable.Range(0, Messages)
                .GroupBy(Payload, StringComparer.Ordinal)
                .SelectMany(same => Enumerable.Range(1, same.Count()).Select(count => $"{same.Key}: {count}"))
                .Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // Many have the same bytes: what tells them apart is only what the server says of them.
    private static string Payload(int number) => (number % 60).ToString(CultureInfo.InvariantCulture);

    private static async Task PublishAsync(int port, MqttQualityOfService qos)
    {
        await using var client = new MqttClient(Options(port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        for (int number = 0; number < Messages; number++)
        {
            await client.PublishAsync("numbers/all", Bytes(Payload(number)), qos);
        }
    }

    private static MqttClientOptions Persistent(int port, MqttProtocolVersion version) => Options(port, version) with
    {
        ClientId = "once",
        CleanStart = false,
        SessionExpiry = version == V5 ? TimeSpan.FromHours(1) : TimeSpan.Zero,
    };

    private sealed class Counting : KeyedProcess<string, string, string>
    {
        private readonly State.ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord(string record, KeyedProcessContext<string, string> context) => context.Emit($"{record}: {++_count.Value}");
    }

    /// <summary>A target that outlives jobs.</summary>
    private sealed class Applied : IOutboxSink<string>
    {
        private readonly Lock _lock = new();
        private long _last;

        public List<string> Lines { get; } = [];

        public int Count
        {
            get
            {
                lock (_lock)
                {
                    return Lines.Count;
                }
            }
        }

        public ValueTask<ISinkWriter<string>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IOutboxWriter<string>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(this));

        private sealed class Writer(Applied applied) : IOutboxWriter<string>
        {
            public void Encode(SinkBatch<string> batch, IBufferWriter<byte> outbox)
            {
                foreach (string line in batch.Values.Span)
                {
                    outbox.Write(Encoding.UTF8.GetBytes(line + "\n"));
                }
            }

            public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(applied._last);

            public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
            {
                lock (applied._lock)
                {
                    applied._last = epoch;
                    applied.Lines.AddRange(Encoding.UTF8.GetString(outbox).Split('\n')[..^1]);
                }

                return default;
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
