using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Kafka.Tests.Real;

/// <summary>A program that reads numbers from a topic, counts them by key, and writes both to another topic, until it is killed.</summary>
internal static class KilledJob
{
    public const int Keys = 17;

    public static async Task RunAsync(string servers, string input, string output, string directory)
    {
        var cluster = new KafkaCluster(servers);
        var builder = new TopologyBuilder("killed");
        builder.From("numbers", KafkaSource.Read(input, cluster, Text.Codec, new KafkaSourceOptions { Group = new KafkaGroup(output) }))
            .Select(static text => long.Parse(text, CultureInfo.InvariantCulture))
            .KeyBy(static number => number % Keys)
            .Process("counts", static () => new Counting())
            .To("out", KafkaSink.To<string>(output, cluster, Text.Codec, static message => message.Key(static text => text), new KafkaSinkOptions { EpochTopic = $"{output}-epochs" }));
        var options = new JobOptions
        {
            Lanes = 2,
            EpochLog = EpochLog.At(directory),
            EpochInterval = TimeSpan.FromMilliseconds(20),
        };
        await using Job job = await builder.Build(Delivery.ExactlyOnce).StartAsync(options);
        Console.WriteLine("running");
        await job.Completion;
    }

    private sealed class Counting : KeyedProcess<long, long, string>
    {
        private readonly ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord(long record, KeyedProcessContext<long, string> context) => context.Emit($"{record},{++_count.Value}");
    }
}
