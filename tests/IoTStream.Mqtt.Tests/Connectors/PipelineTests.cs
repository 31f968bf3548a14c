using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Tests.Client;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Runtime;
using IoTStream.Time;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>Source and sink in a running job: devices publish, windows are computed, results are published.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PipelineTests
{
    private const int Devices = 10;
    private const int Readings = 100;

    [Test]
    public async Task Readings_from_mosquitto_go_through_windows_and_back([Values] MqttProtocolVersion version, [Values(1, 3)] int lanes)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await RunAsync(broker.Port, version, lanes);
    }

    [Test]
    public async Task Readings_from_the_embedded_broker_go_through_windows_and_back([Values] MqttProtocolVersion version)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        await RunAsync(broker.Port, version, lanes: 2);
    }

    private static async Task RunAsync(int port, MqttProtocolVersion version, int lanes)
    {
        MqttClientOptions options = Options(port, version);
        await using var client = new MqttClient(options);
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> results = await client.ListenAsync(Qos1, "counts/#");

        var builder = new TopologyBuilder("devices");
        builder.From("readings", MqttSource.Subscribe("devices/+", options, new NumberCodec()))
            .WithEventTime(milliseconds => milliseconds, Watermarks.Monotonous())
            .KeyBy((_, context) => context.Headers.Text(MqttHeaders.Topic)!)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(50)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<long>())
            .To("counts", MqttSink.To<WindowResult<string, long>>(result => $"counts/{result.Key}", options, new CountEncoder()));
        List<string> undecodable = [];
        builder.DeadLetters.ForEach("undecodable", letter => undecodable.Add(Encoding.UTF8.GetString(letter.Payload.Span)));

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes });
        for (int second = 0; second < Readings; second++)
        {
            for (int device = 0; device < Devices; device++)
            {
                await client.PublishAsync(
                    $"devices/{device}", Bytes((second * 1000L).ToString(CultureInfo.InvariantCulture)), Qos1);
            }
        }

        await client.PublishAsync("devices/0", Bytes("broken"), Qos1);
        await Limits.UntilAsync(
            () => job.GetMetrics().Single(step => step.Step == "readings").RecordsIn == (Devices * Readings) + 1, "all readings have arrived");
        await job.StopAsync(StopMode.CloseWindows).WaitAsync(Limits.Wait);

        List<string> counts = [];
        while (counts.Count < 2 * Devices)
        {
            Received result = await results.ReadAsync().AsTask().WaitAsync(Limits.Wait);
            counts.Add($"{result.Topic} {result.Payload}");
        }

        counts.Should().BeEquivalentTo(
            Enumerable.Range(0, Devices).SelectMany(device => new[] { $"counts/devices/{device} 00:00 50", $"counts/devices/{device} 00:50 50" }));
        undecodable.Should().Equal("broken");
    }

    private sealed class NumberCodec : IDecoder<long>
    {
        public long Decode(in ReadOnlySequence<byte> payload) =>
            Utf8Parser.TryParse(payload.ToArray(), out long value, out int used) && used == payload.Length
                ? value
                : throw new FormatException("The payload is no number.");
    }

    private sealed class CountEncoder : IEncoder<WindowResult<string, long>>
    {
        public void Encode(WindowResult<string, long> value, IBufferWriter<byte> output) =>
            output.Write(Encoding.UTF8.GetBytes($"{value.Window.Start:mm:ss} {value.Value}"));
    }
}
