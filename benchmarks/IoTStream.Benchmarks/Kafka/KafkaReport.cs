using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace IoTStream.Benchmarks.Kafka;

/// <summary>
/// How our Kafka connectors do beside the bare client, in one run: against the cluster that IOTSTREAM_TEST_KAFKA names, or the mock cluster, which keeps few messages and lives in this process.
/// </summary>
internal static class KafkaReport
{
    private const int Rounds = 5;
    private const int Partitions = 4;

    // The mock cluster keeps 5 MiB of a partition.
    private const int MockCount = 150_000;
    private const int RealCount = 500_000;

    private static readonly (string Name, double AtLeast)[] Parts = [("consume", 0.95), ("process", 0.85)];

    public static async Task<int> RunAsync(IReadOnlyList<string> names)
    {
        string? library = (Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(static folder => Path.Combine(folder, "node-rdkafka", "build", "deps", "librdkafka.so.1")).FirstOrDefault(File.Exists);
        if (library is not null)
        {
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (name, _, _) => name == "librdkafka" ? NativeLibrary.Load(library) : 0);
        }

        string? real = Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KAFKA");
        using IAdminClient cluster = new AdminClientBuilder(
            [real is null ? new("test.mock.num.brokers", "1") : new("bootstrap.servers", real)]).SetLogHandler(static (_, _) => { }).Build();
        string servers = string.Join(',', cluster.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Select(static broker => $"{broker.Host}:{broker.Port}"));
        int count = real is null ? MockCount : RealCount;
        string topic = await CreateAsync(cluster, real is not null);
        BareClient.Fill(servers, topic, Partitions, count);
        foreach ((string name, double atLeast) in Parts.Where(part => names.Count == 0 || names.Contains(part.Name)))
        {
            Console.WriteLine($"{name}: {count:N0} messages of {Measured.Size} bytes, {(real is null ? "mock cluster" : "real cluster")}");
            List<double> ours = [];
            List<double> bare = [];
            for (int round = 0; round <= Rounds; round++)
            {
                string output = name == "process" ? await CreateAsync(cluster, real is not null) : "";
                TimeSpan our = name == "process" ? await OurClient.ProcessAsync(servers, topic, output) : await OurClient.ConsumeAsync(servers, topic, count);
                TimeSpan other = name == "process" ? BareClient.Process(servers, topic, output, count) : BareClient.Consume(servers, topic, count);
                if (round > 0)
                {
                    ours.Add(count / our.TotalSeconds);
                    bare.Add(count / other.TotalSeconds);
                }
            }

            Print("iotstream", ours);
            Print("bare", bare);
            double[] ratios = [.. ours.Zip(bare, static (our, other) => our / other).Order()];
            Console.WriteLine($"  {ratios[Rounds / 2]:F2} times the bare client ({ratios[0]:F2} to {ratios[^1]:F2}); at least {atLeast:F2} {(ratios[Rounds / 2] >= atLeast ? "is reached" : "is not reached")}");
        }

        if (names.Count == 0 || names.Contains("epochs"))
        {
            await EpochCost.RunAsync(servers, topic, count, () => CreateAsync(cluster, real is not null));
        }

        if (real is not null && (names.Count == 0 || names.Contains("scaleout")))
        {
            await ScaleOutReport.RunAsync(servers, topic, count, () => CreateAsync(cluster, isReal: true));
        }

        return 0;
    }

    private static async Task<string> CreateAsync(IAdminClient cluster, bool isReal)
    {
        string topic = $"iotstream-bench-{Guid.NewGuid():N}";
        if (isReal)
        {
            await cluster.CreateTopicsAsync([new Confluent.Kafka.Admin.TopicSpecification { Name = topic, NumPartitions = Partitions, ReplicationFactor = -1 }]);
        }
        else
        {
            // The mock cluster creates a topic, of four partitions, when it is asked for it.
            cluster.GetMetadata(topic, TimeSpan.FromSeconds(10));
        }

        return topic;
    }

    private static void Print(string name, List<double> rates) =>
        Console.WriteLine($"  {name,-10} {rates.Order().ElementAt(Rounds / 2) / 1e6,6:F3} M/s ({string.Join(", ", rates.Select(static rate => $"{rate / 1e6:F3}"))})");
}
