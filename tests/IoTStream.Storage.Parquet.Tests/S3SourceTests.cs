using System.Data;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Storage.Parquet.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class S3SourceTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 20, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Rows_come_back_in_the_order_of_time_with_the_values_of_their_folders()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = LakePlace.S3(server.Options);
        string[] keys = ["press-4", "a/b", "../..", "ü ö=1", "*?[x]+&", "100%", "it's"];
        (string Key, DateTimeOffset At, int Number)[] written = [.. Enumerable.Range(0, 500).Select(i => (keys[i % keys.Length], Start.AddMinutes(i * 7919 % 500), i))];
        await Jobs.RunAsync(
            ParquetSink.To<(string Key, DateTimeOffset At, int Number)>(place, "keyed", row => row
                .PartitionByDate(r => r.At).PartitionBy("machine", r => r.Key).Column("at", r => r.At).Column("number", r => r.Number)),
            written,
            withLog: false);

        List<(string, DateTimeOffset, int)> read = [];
        var builder = new TopologyBuilder("replay");
        builder.From("lake", ParquetSource.Read(
                place, "keyed", "at", static row => (row.GetString("machine"), row.GetFieldValue<DateTimeOffset>("at"), row.GetInt32("number")), from: Start.AddHours(1)))
            .ForEach("read", read.Add);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        read.Should().Equal(written.Where(static r => r.At >= Start.AddHours(1)).OrderBy(static r => r.At));
    }
}
