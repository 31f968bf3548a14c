using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Kafka;

/// <summary>What it costs that each message is produced once: W1 from topic to topic with epochs of 100 ms and of 1 s, beside the same at least once, in turn.</summary>
internal static class EpochCost
{
    private const int Rounds = 3;

    public static async Task RunAsync(string servers, string topic, int count, Func<Task<string>> createTopic)
    {
        Console.WriteLine($"epochs: {count:N0} messages of {Measured.Size} bytes from topic to topic, with an epoch log");
        (string Name, Delivery Delivery, int Milliseconds)[] ways =
        [
            ("at least once, 1 s", Delivery.AtLeastOnce, 1000), ("exactly once, 1 s", Delivery.ExactlyOnce, 1000), ("exactly once, 100 ms", Delivery.ExactlyOnce, 100),
        ];
        List<double>[] rates = [.. ways.Select(static _ => new List<double>())];
        for (int round = 0; round <= Rounds; round++)
        {
            for (int way = 0; way < ways.Length; way++)
            {
                TimeSpan time = await ProcessAsync(servers, topic, await createTopic(), ways[way].Delivery, TimeSpan.FromMilliseconds(ways[way].Milliseconds));
                if (round > 0)
                {
                    rates[way].Add(count / time.TotalSeconds);
                }
            }
        }

        for (int way = 0; way < ways.Length; way++)
        {
            double[] ratios = [.. rates[way].Zip(rates[0], static (rate, first) => rate / first).Order()];
            Console.WriteLine($"  {ways[way].Name,-21} {rates[way].Order().ElementAt(Rounds / 2) / 1e6,6:F3} M/s, {ratios[Rounds / 2]:F2} of the first ({ratios[0]:F2} to {ratios[^1]:F2})");
        }
    }

    private static async Task<TimeSpan> ProcessAsync(string servers, string topic, string output, Delivery delivery, TimeSpan interval)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-bench-").FullName;
        try
        {
            long start = 0;
            var cluster = new KafkaCluster(servers);
            var builder = new TopologyBuilder("epochs");
            builder.From("in", KafkaSource.Read(topic, cluster, new Measured.Codec(), new KafkaSourceOptions { End = KafkaEnd.Now }))
                .Where(measured =>
                {
                    start = start == 0 ? Stopwatch.GetTimestamp() : start;
                    return measured.IsKept;
                })
                .Select(static measured => measured.InFahrenheit)
                .To("out", KafkaSink.To<Measured>(output, cluster, new Measured.Codec(), options: new KafkaSinkOptions { Delivery = delivery }));
            await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory), EpochInterval = interval });
            await job.Completion;
            return Stopwatch.GetElapsedTime(start);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
