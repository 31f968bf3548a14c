using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet.Tests;

/// <summary>A program that writes numbers into a lake until it is killed.</summary>
internal static class Program
{
    public const int Count = 60_000;
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task Main(string[] arguments)
    {
        string directory = arguments[0];
        LakePlace lake = arguments.Length > 1 ? LakePlace.S3(S3Server.OptionsFor(new Uri(arguments[1]))) : Path.Combine(directory, "lake");
        var builder = new TopologyBuilder("killed");
        builder.From("numbers", Generator.AtRate(10_000, static number => number, Count))
            .To("lake", ParquetSink.To<long>(lake, "numbers", static row => row
                .PartitionByDate(static number => Start.AddDays(number % 3)).PartitionBy("rest", static number => $"{number % 4}").Column("number", static number => number)));
        Topology topology = builder.Build(Delivery.ExactlyOnce);
        await using Job job = await topology.StartAsync(new JobOptions
        {
            Lanes = 1,
            EpochLog = EpochLog.At(Path.Combine(directory, "state")),
            EpochInterval = TimeSpan.FromMilliseconds(20),
            Delivery = Delivery.ExactlyOnce,
        });
        Console.WriteLine("running");
        await job.Completion;
        Console.WriteLine("done");
    }
}
