using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Storage.PostgreSql;

namespace IoTStream.Simulation.Kill;

/// <summary>A program that reads numbers from an MQTT server, counts them by key, and writes them to a database and to files, until it is killed.</summary>
internal static class KilledJob
{
    public const int Keys = 17;
    public const string Topic = "numbers";

    /// <param name="port">The port of the MQTT server on this machine.</param>
    /// <param name="qualityOfService">That of the subscription: QoS 1 or 2.</param>
    /// <param name="database">The connection string of the database; it has a table <c>received (number bigint, count int)</c>.</param>
    /// <param name="directory">Where state and files go.</param>
    public static async Task RunAsync(int port, MqttQualityOfService qualityOfService, string database, string directory)
    {
        var broker = new MqttClientOptions
        {
            Host = "127.0.0.1",
            Port = port,
            ClientId = "killed-job",
            CleanStart = false,
            SessionExpiry = TimeSpan.FromHours(1),
        };
        var builder = new TopologyBuilder("killed");
        DataStream<Received> received = builder
            .From("numbers", MqttSource.Subscribe(Topic, broker, new NumberDecoder(), qualityOfService))
            .KeyBy(number => number % Keys)
            .Process("counts", () => new Counting());
        received.To("database", PostgreSqlSink.To<Received>(database, "received", row => row.Column("number", r => r.Number).Column("count", r => r.Count)));
        received.To("files", JsonLines.WriteEpochs(Path.Combine(directory, "files"), new ReceivedEncoder()));
        var options = new JobOptions
        {
            Lanes = 2,
            EpochLog = EpochLog.At(Path.Combine(directory, "state")),
            EpochInterval = TimeSpan.FromMilliseconds(20),
            Delivery = Delivery.ExactlyOnce,
        };
        await using Job job = await builder.Build(Delivery.ExactlyOnce).StartAsync(options);
        Console.WriteLine("running");
        await job.Completion;
    }

    private sealed class Counting : KeyedProcess<long, long, Received>
    {
        private readonly ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord(long record, KeyedProcessContext<long, Received> context) => context.Emit(new Received(record, ++_count.Value));
    }

    private sealed class NumberDecoder : IDecoder<long>
    {
        public long Decode(in ReadOnlySequence<byte> payload) =>
            Utf8Parser.TryParse(payload.ToArray(), out long number, out _) ? number : throw new FormatException("The payload is no number.");
    }

    private sealed class ReceivedEncoder : IEncoder<Received>
    {
        public void Encode(Received value, IBufferWriter<byte> output) =>
            output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{value.Number},{value.Count}]")));
    }

    internal readonly record struct Received(long Number, int Count);
}
