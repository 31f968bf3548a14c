using DuckDB.NET.Data;
using IoTStream.Connectors;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Storage.Parquet.Tests;

[Parallelizable(ParallelScope.All)]
[Platform("Linux")]
public sealed class CompactionTests
{
    [Test]
    public async Task Small_files_of_a_folder_become_one_with_the_same_rows()
    {
        using var lake = new Lake();
        ISink<int> sink = Sink(lake, days: 2);
        for (int run = 0; run < 3; run++)
        {
            await Jobs.RunAsync(sink, [.. Enumerable.Range(run * 10, 10)]);
        }

        int before = lake.Files("numbers").Length;
        CompactionResult result = await ParquetLake.CompactAsync(lake.Path, "numbers", new CompactionOptions { OrderBy = "number" });

        before.Should().BeGreaterThanOrEqualTo(6);
        result.Should().Be(new CompactionResult(2, before));
        lake.Files("numbers").Should().HaveCount(2);
        Numbers(lake).Should().Equal(Enumerable.Range(0, 30));
        lake.Query($"SELECT number FROM {lake.Table("numbers")} WHERE date = DATE '2026-01-02'", static reader => reader.GetInt32(0)).Should().BeInAscendingOrder().And.HaveCount(15);
        (await ParquetLake.CompactAsync(lake.Path, "numbers")).Should().Be(new CompactionResult(0, 0), "there is nothing left to merge");
    }

    [Test]
    public async Task Files_that_are_large_enough_stay_as_they_are()
    {
        using var lake = new Lake();
        await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "numbers", row => row.Column("number", n => n)), [.. Enumerable.Range(0, 20_000)], withLog: false);
        await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "numbers", row => row.Column("number", n => n)), [20_000], withLog: false);
        string large = lake.Files("numbers").Single(file => new FileInfo(Path.Combine(lake.Path, "numbers", file)).Length > 5_000);
        await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "numbers", row => row.Column("number", n => n)), [20_001], withLog: false);

        (await ParquetLake.CompactAsync(lake.Path, "numbers", new CompactionOptions { SmallerThan = 5_000 })).Should().Be(new CompactionResult(1, 2));
        lake.Files("numbers").Should().HaveCount(2).And.Contain(large);
        Numbers(lake).Should().Equal(Enumerable.Range(0, 20_002));
    }

    [Test]
    public async Task A_reader_sees_every_row_once_while_sinks_write_and_files_are_merged()
    {
        const int Count = 2_000;
        using var lake = new Lake();
        Task writing = Task.Run(async () =>
        {
            for (int number = 0; number < Count; number += 100)
            {
                await Jobs.RunAsync(Sink(lake, days: 3), [.. Enumerable.Range(number, 100)]);
            }
        });
        int merged = 0;
        Task compacting = Task.Run(async () =>
        {
            while (!writing.IsCompleted)
            {
                merged += lake.Files("numbers").Length == 0 ? 0 : (await ParquetLake.CompactAsync(lake.Path, "numbers")).FilesMerged;
            }
        });
        int reads = 0;
        int last = 0;
        while (!writing.IsCompleted)
        {
            List<int> numbers;
            try
            {
                numbers = lake.Files("numbers").Length == 0 ? [] : Numbers(lake);
            }
            catch (Exception exception) when (exception is DuckDBException or DirectoryNotFoundException)
            {
                // A file that was listed has been merged since.
                continue;
            }

            numbers.Should().OnlyHaveUniqueItems();
            numbers.Count.Should().BeGreaterThanOrEqualTo(last, "what was there stays there");
            (last, reads) = (numbers.Count, reads + 1);
        }

        await writing;
        await compacting;
        Numbers(lake).Should().Equal(Enumerable.Range(0, Count));
        (reads, merged).Should().Match<(int Reads, int Merged)>(seen => seen.Reads > 0 && seen.Merged > 0);
    }

    [Test]
    public async Task A_table_without_levels_of_folders_is_merged_too()
    {
        using var lake = new Lake();
        for (int number = 0; number < 3; number++)
        {
            await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "numbers", row => row.Column("number", n => n)), [number]);
        }

        (await ParquetLake.CompactAsync(lake.Path, "numbers")).Should().Be(new CompactionResult(1, 3));
        Numbers(lake).Should().Equal(0, 1, 2);
    }

    [Test]
    public async Task What_a_crash_has_left_behind_is_removed()
    {
        using var lake = new Lake();
        for (int number = 0; number < 2; number++)
        {
            await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "numbers", row => row.Column("number", n => n)), [number]);
        }

        string left = Directory.CreateDirectory(Path.Combine(lake.Path, ".iotstream", "numbers", "compaction")).FullName;
        File.Copy(Path.Combine(lake.Path, "numbers", lake.Files("numbers")[0]), Path.Combine(left, "merged.left.parquet"));
        await ParquetLake.CompactAsync(lake.Path, "numbers");
        Numbers(lake).Should().Equal(0, 1);
        File.Exists(Path.Combine(left, "merged.left.parquet")).Should().BeFalse();
    }

    [Test]
    public async Task A_folder_is_there_at_every_moment_while_its_files_are_merged()
    {
        using var lake = new Lake();
        await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "numbers", row => row.Column("number", n => n)), [1]);
        string folder = Path.Combine(lake.Path, "numbers");
        string file = Path.Combine(folder, lake.Files("numbers")[0]);
        string copy = Path.Combine(lake.Path, "copy");
        File.Copy(file, copy);
        using var done = new CancellationTokenSource();
        Task<int> looking = Task.Run(() =>
        {
            int missing = 0;
            while (!done.IsCancellationRequested)
            {
                missing += Directory.Exists(folder) ? 0 : 1;
            }

            return missing;
        });
        for (int run = 0; run < 50; run++)
        {
            File.Copy(copy, Path.Combine(folder, $"another{run}.parquet"));
            (await ParquetLake.CompactAsync(lake.Path, "numbers")).FilesMerged.Should().Be(2);
        }

        await done.CancelAsync();
        (await looking).Should().Be(0);
        Numbers(lake).Should().HaveCount(51);
    }

    [Test]
    public async Task Neither_does_a_sink_show_files_nor_does_a_compaction_while_another_changes_names()
    {
        using var lake = new Lake();
        await Jobs.RunAsync(Sink(lake, days: 1), [0]);
        await Jobs.RunAsync(Sink(lake, days: 1), [1]);
        string work = Path.Combine(lake.Path, ".iotstream", "numbers");
        string[] before = lake.Files("numbers");
        Task writing;
        Task compacting;
        using (FileLock.TryAcquire(Path.Combine(work, "lock")))
        {
            writing = Jobs.RunAsync(Sink(lake, days: 1), [2]);
            compacting = ParquetLake.CompactAsync(lake.Path, "numbers");
            await Limits.UntilAsync(
                () => Directory.GetFiles(work, "last", SearchOption.AllDirectories).Length == 3 && Directory.GetFiles(work, "merged.*", SearchOption.AllDirectories).Length == 1,
                "both have written what they are to show");
            Task.WaitAny([writing, compacting], TimeSpan.FromMilliseconds(100)).Should().Be(-1, "both wait");
            lake.Files("numbers").Should().Equal(before);
        }

        await writing;
        await compacting;
        Numbers(lake).Should().Equal(0, 1, 2);
    }

    [Test]
    public async Task A_table_that_is_not_there_is_an_error() =>
        await FluentActions.Awaiting(static () => ParquetLake.CompactAsync(Path.GetTempPath(), "no-such-table")).Should().ThrowAsync<DirectoryNotFoundException>();

    private static ISink<int> Sink(Lake lake, int days) => ParquetSink.To<int>(lake.Path, "numbers", row => row
        .PartitionByDate(number => new DateTimeOffset(2026, 1, 1 + (number % days), 0, 0, 0, TimeSpan.Zero)).Column("number", number => number));

    private static List<int> Numbers(Lake lake) => lake.Query($"SELECT number FROM {lake.Table("numbers")} ORDER BY number", static reader => reader.GetInt32(0));
}
