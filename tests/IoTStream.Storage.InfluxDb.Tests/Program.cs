using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Storage.InfluxDb.Tests;

/// <summary>A program that writes numbers as points, until it is killed.</summary>
internal static class Program
{
    public const int Count = 30_000;

    public static async Task Main(string[] arguments)
    {
        (var server, string database, string directory) = (new Uri(arguments[0]), arguments[1], arguments[2]);
        var builder = new TopologyBuilder("killed");
        builder.From("numbers", Generator.AtRate(10_000, static number => number, Count))
            .To("points", InfluxDbSink.To(
                InfluxDbTarget.Database(server, database),
                new PointMapping<long>("m")
                    .Tag("machine", static number => (number % 7).ToString(CultureInfo.InvariantCulture))
                    .Field("number", static number => number)
                    .At(static number => DateTimeOffset.UnixEpoch.AddSeconds(number)),
                new InfluxDbSinkOptions { BatchSize = 200 }));
        await using Job job = await builder.Build().StartAsync(new JobOptions
        {
            Lanes = 1,
            EpochLog = EpochLog.At(Path.Combine(directory, "state")),
            EpochInterval = TimeSpan.FromMilliseconds(20),
        });
        Console.WriteLine("running");
        await job.Completion;
        Console.WriteLine("done");
    }
}
