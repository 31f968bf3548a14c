using System.Data;
using System.Data.Common;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Storage.Parquet.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class ParquetSourceTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 20, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Rows_come_in_the_order_of_time_whatever_the_order_in_which_they_were_written([Values] bool byDay)
    {
        using var lake = new Lake();
        Reading[] written = [.. Enumerable.Range(0, 5_000).Select(static i => new Reading(i % 2 == 0 ? "007" : null, Start.AddSeconds(i * 7919 % 5_000 * 10), i))];
        await Jobs.RunAsync(
            ParquetSink.To<Reading>(lake.Path, "readings", row => (byDay ? row.PartitionByDate(r => r.At) : row)
                .PartitionBy("machine", r => r.Machine).Column("at", r => r.At).Column("value", r => r.Value)),
            written);

        (await ReadAsync(lake)).Should().Equal(written.OrderBy(static r => r.At));
        DateTimeOffset from = Start.AddHours(1).ToOffset(TimeSpan.FromHours(5));
        (await ReadAsync(lake, from, from.AddHours(5))).Should().Equal(written.OrderBy(static r => r.At).Where(r => r.At >= from && r.At < from.AddHours(5)));
    }

    [Test]
    public async Task Days_that_are_not_asked_for_are_not_opened()
    {
        using var lake = new Lake();
        await Jobs.RunAsync(
            ParquetSink.To<Reading>(lake.Path, "readings", static row => row.PartitionByDate(static r => r.At).PartitionBy("machine", static r => r.Machine).Column("at", static r => r.At).Column("value", static r => r.Value)),
            [new Reading("a", Start.AddDays(-1), 1), new Reading("a", Start, 2), new Reading("a", Start.AddDays(1), 3)]);
        foreach (string other in lake.Files("readings").Where(static file => !file.Contains("2026-01-31", StringComparison.Ordinal)))
        {
            await File.WriteAllTextAsync(Path.Combine(lake.Path, "readings", other), "not Parquet");
        }

        (await ReadAsync(lake, Start, Start.AddHours(1))).Should().Equal(new Reading("a", Start, 2));
    }

    [Test]
    public async Task A_table_that_was_copied_from_elsewhere_is_read()
    {
        using var lake = new Lake();
        await Jobs.RunAsync(
            ParquetSink.To<Reading>(lake.Path, "readings", static row => row.Column("machine", static r => r.Machine).Column("at", static r => r.At).Column("value", static r => r.Value)),
            [new Reading("a", Start, 1)]);
        Directory.Delete(Path.Combine(lake.Path, ".iotstream"), recursive: true);
        (await ReadAsync(lake)).Should().Equal(new Reading("a", Start, 1));
    }

    [Test]
    public async Task A_table_that_is_not_there_has_no_rows()
    {
        using var lake = new Lake();
        (await ReadAsync(lake)).Should().BeEmpty();
    }

    private static async Task<List<Reading>> ReadAsync(Lake lake, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        List<Reading> read = [];
        var builder = new TopologyBuilder("replay");
        builder.From("lake", ParquetSource.Read(lake.Path, "readings", "at", Read, from, to)).ForEach("read", read.Add);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return read;

        static Reading Read(DbDataReader row) => new(row.IsDBNull("machine") ? null : row.GetString("machine"), row.GetFieldValue<DateTimeOffset>("at"), row.GetInt32("value"));
    }

    private sealed record Reading(string? Machine, DateTimeOffset At, int Value);
}
