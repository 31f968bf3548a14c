using System.Diagnostics;
using IoTStream.Benchmarks.Macro;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Storage;

/// <summary>How fast sinks of databases, brokers and lakes are beside the drivers alone, in turn.</summary>
internal static class StorageReport
{
    public const string Usage = "storage [sqlite] [postgresql=CONNECTION STRING] [influxdb=http://localhost:8086] [rabbitmq=localhost] [parquet] [s3=http://KEY:SECRET@localhost:9000/bucket]";

    private const int Rounds = 5;
    private const double AtLeast = 0.8;

    public static async Task<int> RunAsync(IReadOnlyList<string> names)
    {
        foreach (string name in names.Count == 0 ? ["sqlite"] : names)
        {
            if (StoreOf(name) is not { } store)
            {
                await Console.Error.WriteLineAsync(Usage);
                return 2;
            }

            await using (store)
            {
                await MeasureAsync(store, Row.Make(store.Rows));
            }
        }

        return 0;
    }

    private static Store? StoreOf(string name) => name.Split('=', 2) switch
    {
        ["sqlite"] => new SqliteStore(),
        ["postgresql", string connectionString] => new PostgreSqlStore(connectionString),
        ["influxdb", string address] => new InfluxDbStore(new Uri(address)),
        ["rabbitmq", string host] => new AmqpStore(host),
        ["parquet"] => new LakeStore(),
        ["s3", string address] => new S3Store(new Uri(address)),
        _ => null,
    };

    private static async Task MeasureAsync(Store store, Row[] rows)
    {
        Console.WriteLine($"{store.Name}: {rows.Length:N0} rows");
        (string Name, Func<Task> RunAsync)[] ways =
        [
            ("bare", () => store.WriteBareAsync(rows)),
            ("iotstream", () => RunJobAsync(store, rows, epochLog: null)),
            .. store.IsExactlyOnce ? [("exactly once", () => RunWithLogAsync(store, rows))] : Array.Empty<(string, Func<Task>)>(),
        ];
        List<double>[] rates = [.. ways.Select(static _ => new List<double>())];
        for (int round = -1; round < Rounds; round++)
        {
            for (int way = 0; way < ways.Length; way++)
            {
                await store.EmptyAsync();
                long start = Stopwatch.GetTimestamp();
                await ways[way].RunAsync();
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                long stored = await store.CountAsync();
                if (stored != rows.Length)
                {
                    throw new InvalidOperationException($"{store.Name}: {ways[way].Name} has stored {stored} rows of {rows.Length}.");
                }

                if (round >= 0)
                {
                    rates[way].Add(rows.Length / elapsed.TotalSeconds);
                }
            }
        }

        Console.WriteLine($"  {ways[0].Name,-12} {Median.Of(rates[0]) / 1e3,8:F0} k rows/s");
        for (int way = 1; way < ways.Length; way++)
        {
            double[] ratios = [.. rates[way].Zip(rates[0], static (ours, bare) => ours / bare)];
            string goal = way == 1 ? $"; at least {AtLeast:F2} {(Median.Of(ratios) >= AtLeast ? "is reached" : "is not reached")}" : "";
            Console.WriteLine(
                $"  {ways[way].Name,-12} {Median.Of(rates[way]) / 1e3,8:F0} k rows/s, {Median.Of(ratios):F2} of the bare driver ({ratios.Min():F2} to {ratios.Max():F2}){goal}");
        }
    }

    private static async Task RunWithLogAsync(Store store, Row[] rows)
    {
        string folder = Directory.CreateTempSubdirectory("iotstream-storage-log-").FullName;
        try
        {
            await RunJobAsync(store, rows, EpochLog.At(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunJobAsync(Store store, Row[] rows, EpochLog? epochLog)
    {
        var builder = new TopologyBuilder("storage");
        builder.From("rows", rows).To("store", store.Sink);
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1, EpochLog = epochLog });
        await job.Completion;
    }
}
