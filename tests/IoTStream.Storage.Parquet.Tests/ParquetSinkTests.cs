using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Runtime;
using IoTStream.Testing;

namespace IoTStream.Storage.Parquet.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class ParquetSinkTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 23, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task It_keeps_to_the_contract_of_exactly_once_sinks()
    {
        using var lake = new Lake();
        ISink<int> sink = ParquetSink.To<int>(lake.Path, "numbers", static row => row.Column("number", static number => number));
        await OutboxSinkConformance.CheckAsync(
            (IOutboxSink<int>)sink,
            static number => number,
            _ => Task.FromResult<IReadOnlyList<int>>(lake.Files("numbers").Length == 0 ? [] : lake.Query($"SELECT number FROM {lake.Table("numbers")}", static reader => reader.GetInt32(0))),
            runs: 5);
        lake.Unfinished.Should().BeEmpty("what was not committed is removed");
    }

    [Test]
    [Platform("Linux")]
    public async Task An_epoch_with_several_folders_is_listed_as_a_whole_while_files_are_merged()
    {
        using var lake = new Lake();
        ISink<int> sink = ParquetSink.To<int>(lake.Path, "numbers", row => row
            .PartitionByDate(number => Start.AddMinutes(number))
            .PartitionBy("rest", number => $"{number % 3}")
            .Column("number", number => number));
        await OutboxSinkConformance.CheckAsync(
            (IOutboxSink<int>)sink,
            static number => number,
            async cancellationToken =>
            {
                IReadOnlyList<string> files = await ParquetLake.ListFilesAsync(lake.Path, "numbers", cancellationToken);
                if (files.Count > 50)
                {
                    await ParquetLake.CompactAsync(lake.Path, "numbers", cancellationToken: cancellationToken);
                    files = await ParquetLake.ListFilesAsync(lake.Path, "numbers", cancellationToken);
                }

                return files.Count == 0 ? [] : lake.Query($"SELECT number FROM read_parquet(['{string.Join("', '", files)}'])", static reader => reader.GetInt32(0));
            },
            runs: 10);
        lake.Unfinished.Should().BeEmpty("what was not committed is removed");
    }

    [Test]
    public async Task Values_of_all_kinds_come_back([Values] bool withLog, [Values] ParquetCompression compression)
    {
        using var lake = new Lake();
        var rows = new Row[]
        {
            new(1, "tab\t, line\nand \0 'quotes' \"ü€😀", true, [0, 92, 255], double.NaN, -0.5f, 79228162514264337593543950.3355m, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(10), new DateOnly(2024, 2, 29), Guid.NewGuid(), null, long.MinValue, ulong.MaxValue),
            new(2, "", false, [], double.NegativeInfinity, float.MaxValue, -0.0001m, DateTimeOffset.UnixEpoch.AddYears(-100), DateOnly.MinValue, Guid.Empty, -7, 1, 2),
            new(3, null, true, null, 1e-300, 0, null, new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero), new DateOnly(9999, 12, 31), Guid.Empty, 0, long.MaxValue, 0),
        };
        await Jobs.RunAsync(
            ParquetSink.To<Row>(
                lake.Path,
                "kinds",
                row => row
                    .Column("n", r => r.Number).Column("Te\"xt", r => r.Text).Column("flag", r => r.Flag).Column("bytes", r => r.Bytes).Column("real", r => r.Real).Column("single", r => r.Single)
                    .Column("exact", r => r.Exact, scale: 4).Column("at", r => r.At).Column("day", r => r.Day).Column("id", r => r.Id).Column("maybe", r => r.Maybe).Column("large", r => r.Large)
                    .Column("unsigned", r => r.Unsigned),
                new ParquetSinkOptions { Compression = compression }),
            rows,
            withLog);

        List<Row> read = lake.Query($"SELECT * FROM {lake.Table("kinds")} ORDER BY n", static reader => new Row(
            reader.GetInt16(0),
            reader.IsDBNull(1) ? null : reader.GetString(1),
            reader.GetBoolean(2),
            reader.IsDBNull(3) ? null : Bytes(reader.GetStream(3)),
            reader.GetDouble(4),
            reader.GetFloat(5),
            reader.IsDBNull(6) ? null : reader.GetDecimal(6),
            new DateTimeOffset(reader.GetDateTime(7), TimeSpan.Zero),
            reader.GetFieldValue<DateOnly>(8),
            reader.GetGuid(9),
            reader.IsDBNull(10) ? null : reader.GetInt32(10),
            reader.GetInt64(11),
            reader.GetFieldValue<ulong>(12)));
        read.Should().BeEquivalentTo(rows, static options => options.WithStrictOrdering().ComparingByMembers<Row>());
        lake.Query($"SELECT column_type FROM (DESCRIBE SELECT * FROM {lake.Table("kinds")})", static reader => reader.GetString(0))
            .Should().Equal("SMALLINT", "VARCHAR", "BOOLEAN", "BLOB", "DOUBLE", "FLOAT", "DECIMAL(38,4)", "TIMESTAMP WITH TIME ZONE", "DATE", "UUID", "INTEGER", "BIGINT", "UBIGINT");
        lake.Query($"SELECT DISTINCT compression FROM parquet_metadata('{lake.Path}/kinds/*.parquet')", static reader => reader.GetString(0))
            .Should().Equal(compression switch { ParquetCompression.Zstandard => "ZSTD", ParquetCompression.Snappy => "SNAPPY", _ => "UNCOMPRESSED" });
    }

    [Test]
    public async Task Folders_are_the_days_in_UTC_and_the_values_of_keys([Values] bool withLog)
    {
        using var lake = new Lake();
        string[] keys = ["press-4", "a/b", "../..", "ü ö=1", "*?[x]", "", "100%", "it's"];
        (DateTimeOffset At, string? Key, int Number)[] records =
            [.. Enumerable.Range(0, 32).Select(i => (new DateTimeOffset(2026, 2, 1, 1, 30, 0, TimeSpan.FromHours(2)).AddHours(i), (string?)keys[i % keys.Length], i)), (Start, null, 32)];
        await Jobs.RunAsync(
            ParquetSink.To<(DateTimeOffset At, string? Key, int Number)>(lake.Path, "keyed", row => row
                .PartitionByDate(r => r.At).PartitionBy("machine", r => r.Key).Column("number", r => r.Number)),
            records,
            withLog);

        lake.Files("keyed").Should().Contain(static file => file.StartsWith("date=2026-01-31/machine=press-4/city%2Etraffic.to%20lake.", StringComparison.Ordinal));
        lake.Query(
                $"SELECT date, machine, number FROM {lake.Table("keyed", ", hive_types = {'machine': VARCHAR}")} ORDER BY number",
                static reader => (reader.GetFieldValue<DateOnly>(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt32(2)))
            .Should().Equal(records.Select(static r => (DateOnly.FromDateTime(r.At.UtcDateTime), string.IsNullOrEmpty(r.Key) ? null : r.Key, r.Number)));
        string plan = string.Concat(lake.Query($"EXPLAIN SELECT number FROM {lake.Table("keyed")} WHERE date = DATE '2026-01-31'", static reader => reader.GetString(1)));
        int days = lake.Files("keyed").Count(static file => file.StartsWith("date=2026-01-31/", StringComparison.Ordinal));
        plan.Should().Contain($"{days.ToString(CultureInfo.InvariantCulture)}/{lake.Files("keyed").Length.ToString(CultureInfo.InvariantCulture)}", "the files of other days are not opened");
    }

    [Test]
    public async Task Files_of_an_earlier_program_with_fewer_columns_are_read_with_the_later_ones()
    {
        using var lake = new Lake();
        await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "grown", row => row.Column("a", n => n)), [1]);
        await Jobs.RunAsync(ParquetSink.To<int>(lake.Path, "grown", row => row.Column("a", n => (long)n).Column("b", n => "two")), [2]);
        lake.Query($"SELECT a, b FROM {lake.Table("grown", ", union_by_name = true")} ORDER BY a", static reader => (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1)))
            .Should().Equal((1, null), (2, "two"));
        (await ParquetLake.CompactAsync(lake.Path, "grown")).FilesMerged.Should().Be(2);
        lake.Query($"SELECT a, b FROM {lake.Table("grown")} ORDER BY a", static reader => (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1)))
            .Should().Equal((1, null), (2, "two"));
    }

    [TestCase("0.00001")]
    [TestCase("12345678901234567890123456789")]
    public async Task A_decimal_number_that_does_not_fit_is_not_rounded(string number)
    {
        using var lake = new Lake();
        ISink<decimal> sink = ParquetSink.To<decimal>(lake.Path, "exact", row => row.Column("a", n => n, scale: number.StartsWith('0') ? 4 : 12));
        await FluentActions.Awaiting(() => Jobs.RunAsync(sink, [decimal.Parse(number, CultureInfo.InvariantCulture)]))
            .Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(OverflowException)).WithMessage($"{number} does not fit into the column 'a'*");
    }

    [Test]
    public async Task A_key_that_is_too_long_for_a_folder_is_not_committed()
    {
        using var lake = new Lake();
        ISink<string> sink = ParquetSink.To<string>(lake.Path, "long", row => row.PartitionBy("key", key => key).Column("key_length", key => key.Length));
        await FluentActions.Awaiting(() => Jobs.RunAsync(sink, [new string('a', 251), new string('a', 252)]))
            .Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(FormatException)).WithMessage("*is too long for the name of a folder*");
        await Jobs.RunAsync(sink, [new string('b', 251)]);
    }

    [Test]
    public void Columns_are_checked_where_they_are_named()
    {
        Fails<ArgumentException>("Add at least one column*", static row => row.PartitionByDate(static _ => Start));
        Fails<ArgumentException>("There is a column 'A' already*", static row => row.PartitionBy("a", static _ => "").Column("A", static n => n));
        Fails<ArgumentException>("'a/b' cannot be the name of a folder*", static row => row.PartitionBy("a/b", static _ => ""));
        Fails<NotSupportedException>("*TotalSeconds*", static row => row.Column("a", static _ => TimeSpan.Zero));
        Fails<NotSupportedException>("*scale: 2*", static row => row.Column("a", static _ => 1m));
        Fails<NotSupportedException>("*DateTimeOffset*", static row => row.Column("a", static _ => DateTime.UnixEpoch));
        Fails<ArgumentOutOfRangeException>("*29*", static row => row.Column("a", static _ => 1m, scale: 29));
        ((Action)(static () => ParquetSink.To<int>("lake", "../table", static row => row.Column("a", static n => n)))).Should().Throw<ArgumentException>().WithMessage("'../table' cannot be the name of a table*");
        ((Action)(static () => _ = new ParquetSinkOptions { BufferSize = 0 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("ParquetSinkOptions.BufferSize is 0*");
        ((Action)(static () => _ = new CompactionOptions { MinimumFiles = 1 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("CompactionOptions.MinimumFiles is 1*");
    }

    private static void Fails<TException>(string message, Func<ParquetColumns<int>, ParquetColumns<int>> columns)
        where TException : Exception =>
        FluentActions.Invoking(() => ParquetSink.To("lake", "table", columns)).Should().Throw<TException>().WithMessage(message);

    private static byte[] Bytes(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private sealed record Row(
        short Number, string? Text, bool Flag, byte[]? Bytes, double Real, float Single, decimal? Exact, DateTimeOffset At, DateOnly Day, Guid Id, int? Maybe, long Large, ulong Unsigned);
}
