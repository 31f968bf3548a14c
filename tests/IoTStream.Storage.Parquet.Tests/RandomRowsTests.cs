using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;

namespace IoTStream.Storage.Parquet.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class RandomRowsTests
{
    [Test]
    public void What_is_written_is_read_back() => Property.Holds(
        static random => Enumerable.Range(0, random.Next(1, 100)).Select(number => RandomRow(random, number)).ToArray(),
        static rows =>
        {
            using var lake = new Lake();
            ISink<Row> sink = ParquetSink.To<Row>(lake.Path, "random", static row => row
                .PartitionByDate(static r => r.At).PartitionBy("folder", static r => r.Folder)
                .Column("number", static r => r.Number).Column("text", static r => r.Text).Column("real", static r => r.Real).Column("at", static r => r.At)
                .Column("exact", static r => r.Exact, scale: 6).Column("bytes", static r => r.Bytes).Column("flag", static r => r.Flag));
            Jobs.RunAsync(sink, rows, withLog: rows.Length % 2 == 0).GetAwaiter().GetResult();
            lake.Query(
                    $"SELECT number, text, real, epoch_us(\"at\"), exact, hex(bytes), flag, folder, date FROM {lake.Table("random", ", hive_types = {'folder': VARCHAR, 'date': DATE}")} ORDER BY number",
                    static reader => (
                        reader.GetInt32(0),
                        reader.IsDBNull(1) ? null : reader.GetString(1),
                        reader.IsDBNull(2) ? null : (long?)BitConverter.DoubleToInt64Bits(reader.GetDouble(2)),
                        reader.GetInt64(3),
                        reader.IsDBNull(4) ? null : (decimal?)reader.GetDecimal(4),
                        reader.IsDBNull(5) ? null : reader.GetString(5),
                        reader.IsDBNull(6) ? null : (bool?)reader.GetBoolean(6),
                        reader.IsDBNull(7) ? null : reader.GetString(7),
                        reader.GetFieldValue<DateOnly>(8)))
                .Should().Equal(rows.Select(static row => (
                    row.Number,
                    row.Text,
                    row.Real is { } real ? (long?)BitConverter.DoubleToInt64Bits(real) : null,
                    (row.At.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
                    row.Exact,
                    row.Bytes is null ? null : Convert.ToHexString(row.Bytes),
                    row.Flag,
                    string.IsNullOrEmpty(row.Folder) ? null : row.Folder,
                    DateOnly.FromDateTime(row.At.UtcDateTime))));
        },
        Simpler,
        share: 50);

    private static Row RandomRow(Random random, int number) => new(
        number,
        RandomText(random, random.Next(20)),
        random.Next(5) == 0 ? null : random.Next(2) == 0 ? random.NextDouble() * Math.Pow(10, random.Next(-300, 300)) : Pick(random, [0.0, -0.0, double.PositiveInfinity, double.Epsilon, double.MinValue]),
        new DateTimeOffset(DateTime.UnixEpoch.AddDays(random.Next(-3, 3)).AddTicks(10 * random.NextInt64(TimeSpan.TicksPerDay / 10)).Ticks, TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(random.Next(-840, 841))),
        random.Next(5) == 0 ? null : Math.Round((decimal)random.NextDouble() * (decimal)Math.Pow(10, random.Next(0, 15)), 6),
        random.Next(5) == 0 ? null : [.. Enumerable.Range(0, random.Next(10)).Select(_ => (byte)random.Next(256))],
        random.Next(3) switch { 0 => null, 1 => true, _ => false },
        RandomText(random, 3));

    private static string? RandomText(Random random, int length) => random.Next(5) == 0
        ? null
        : string.Concat(Enumerable.Range(0, length).Select(_ => Pick(random, ["a", "\0", "é", "😀", "'", "\"", "\\", "/", "=", "%", "*", "[", "..", "\n", "7", "中"])));

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private static IEnumerable<Row[]> Simpler(Row[] rows) => rows.Length <= 1 ? [] : [rows[..(rows.Length / 2)], rows[(rows.Length / 2)..]];

    private sealed record Row(int Number, string? Text, double? Real, DateTimeOffset At, decimal? Exact, byte[]? Bytes, bool? Flag, string? Folder);
}
