using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Storage.PostgreSql.Tests;

/// <summary>A program that writes numbers into a table in pieces by time, until it is killed.</summary>
internal static class Program
{
    public const int Count = 40_000;
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A number has a time, mostly in the hour after the one before, but now and then days before.</summary>
    public static DateTimeOffset TimeOf(long number) => Start.AddMinutes((number / 10) - (number % 97 == 0 ? 4_000 : 0));

    public static async Task Main(string[] arguments)
    {
        (string connection, string table, string directory) = (arguments[0], arguments[1], arguments[2]);
        bool hasKey = arguments[3] == "key";
        var builder = new TopologyBuilder("killed");
        builder.From("numbers", Generator.AtRate(10_000, static number => number, Count))
            .To("table", PostgreSqlSink.To<long>(
                connection,
                table,
                row => hasKey
                    ? row.Key("number", static number => number).Key("at", TimeOf).Column("text", static number => $"{number}")
                    : row.Column("number", static number => number).Column("at", TimeOf).Column("text", static number => $"{number}"),
                new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") { Interval = TimeSpan.FromHours(1) } }));
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
