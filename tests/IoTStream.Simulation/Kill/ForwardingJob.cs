using System.Buffers;
using System.Globalization;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt;
using IoTStream.Runtime;

namespace IoTStream.Simulation.Kill;

/// <summary>A program that publishes numbers to an MQTT server, and stores them while that is away, until it is killed.</summary>
internal static class ForwardingJob
{
    public const string Topic = "forwarded";

    /// <param name="port">The port of the MQTT server on this machine.</param>
    /// <param name="directory">Where state and spool go.</param>
    public static async Task RunAsync(int port, string directory)
    {
        var broker = new MqttClientOptions
        {
            Host = "127.0.0.1",
            Port = port,
            Reconnect = new MqttReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(5), LongestDelay = TimeSpan.FromMilliseconds(50) },
        };
        DurableQueue queue = DurableQueue.At(Path.Combine(directory, "spool")) with
        {
            MaxBytes = 64L << 20,
            SegmentSize = 16 * 1024,
            PositionInterval = TimeSpan.FromMilliseconds(20),
        };
        var builder = new TopologyBuilder("forwarding");
        builder.From("numbers", Generator.AtRate(10_000, static number => number))
            .To("out", MqttSink.To(Topic, broker, new NumberEncoder(), new MqttSinkOptions { Spool = SpoolOptions.In(queue, "out") with { After = TimeSpan.FromMilliseconds(20) } }));
        await using Job job = await builder.Build().StartAsync(new JobOptions
        {
            EpochLog = EpochLog.At(Path.Combine(directory, "state")),
            EpochInterval = TimeSpan.FromMilliseconds(10),
        });
        Console.WriteLine("running");
        await job.Completion;
    }

    private sealed class NumberEncoder : IEncoder<long>
    {
        public void Encode(long value, IBufferWriter<byte> output) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture), output);
    }
}
