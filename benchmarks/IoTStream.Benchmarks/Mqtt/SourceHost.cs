using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Mqtt;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>A job with our source as a process: it says when it is subscribed, counts what it takes, answers <see cref="Questions"/>, and ends with its input.</summary>
internal static class SourceHost
{
    public const string Verb = "mqtt-source";

    public static async Task RunAsync(int port, int qualityOfService, string progressFile)
    {
        using var progress = new Progress(progressFile);
        var server = new MqttClientOptions { Host = "127.0.0.1", Port = port, Version = MqttProtocolVersion.V311 };
        var builder = new TopologyBuilder("receive");
        builder.From("samples", MqttSource.Subscribe(Packets.Filter, server, Json.Of(SampleJson.Default.Sample), (MqttQualityOfService)qualityOfService))
            .To("count", new CountSink(progress));
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        Console.WriteLine(port.ToString(CultureInfo.InvariantCulture));
        await Questions.AnswerAsync();
    }
}
