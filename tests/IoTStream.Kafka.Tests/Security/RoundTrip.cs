using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests.Security;

/// <summary>Messages that a sink writes and a source reads.</summary>
internal static class RoundTrip
{
    private static readonly string[] Messages = [.. Enumerable.Range(0, 500).Select(static number => number.ToString(CultureInfo.InvariantCulture))];

    public static async Task RunAsync(KafkaCluster cluster, string topic, bool exactlyOnce)
    {
        await WriteAsync(cluster, topic, exactlyOnce);
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read(topic, cluster, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now }));
        await source.EndAsync();
        source.Values.OrderBy(static text => int.Parse(text, CultureInfo.InvariantCulture)).Should().Equal(Messages);
    }

    public static async Task WriteAsync(KafkaCluster cluster, string topic, bool exactlyOnce)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-kafka-").FullName;
        try
        {
            var builder = new TopologyBuilder("writing");
            builder.From("source", Source.From(Messages)).To("sink", KafkaSink.To<string>(topic, cluster, Text.Codec, static message => message.Key(static text => text)));
            await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1, EpochLog = exactlyOnce ? EpochLog.At(directory) : null, EpochInterval = TimeSpan.FromMilliseconds(20) });
            await job.Completion.WaitAsync(Limits.Wait);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
