using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;
using Microsoft.Data.Sqlite;

namespace IoTStream.Storage.Sqlite.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class SqliteSinkTests
{
    [TestCase("CREATE TABLE added (number int, text text)", false)]
    [TestCase("PRAGMA journal_mode = WAL; CREATE TABLE added (number int, text text)", false)]
    [TestCase("CREATE TABLE added (number int PRIMARY KEY, text text)", true)]
    public async Task It_keeps_to_the_contract_of_exactly_once_sinks(string schema, bool byKey)
    {
        using var database = new Database(schema);
        ISink<int> sink = SqliteSink.To<int>(
            database.ConnectionString,
            "added",
            row => (byKey ? row.Key("number", number => number) : row.Column("number", number => number)).Column("text", number => $"\0'{number}\""));
        await OutboxSinkConformance.CheckAsync(
            (IOutboxSink<int>)sink,
            static number => number,
            _ => Task.FromResult<IReadOnlyList<int>>(database.Query("SELECT number, text FROM added", static reader =>
                reader.GetString(1) == $"\0'{reader.GetInt32(0)}\"" ? reader.GetInt32(0) : throw new InvalidDataException(reader.GetString(1)))),
            runs: 5);
    }

    [Test]
    public async Task The_last_row_of_a_key_stays([Values] bool withLog)
    {
        using var database = new Database("CREATE TABLE latest (machine text, sensor int, value real, PRIMARY KEY (machine, sensor))");
        ISink<(string Machine, int Sensor, double Value)> sink = SqliteSink.To<(string Machine, int Sensor, double Value)>(
            database.ConnectionString, "latest", row => row.Key("machine", r => r.Machine).Key("sensor", r => r.Sensor).Column("value", r => r.Value));
        await RunAsync(sink, [.. Enumerable.Range(0, 100).Select(static i => ($"m{i % 3}", i % 2, (double)i))], withLog);
        database.Query("SELECT machine, sensor, value FROM latest ORDER BY value", static reader => (reader.GetString(0), reader.GetInt32(1), reader.GetDouble(2)))
            .Should().Equal(Enumerable.Range(94, 6).Select(static i => ($"m{i % 3}", i % 2, (double)i)));
    }

    [Test]
    public async Task Rows_of_keys_alone_are_there_once([Values] bool withLog)
    {
        using var database = new Database("CREATE TABLE seen (machine text PRIMARY KEY)");
        await RunAsync(SqliteSink.To<string>(database.ConnectionString, "seen", row => row.Key("machine", name => name)), ["a", "b", "a"], withLog);
        database.Query("SELECT machine FROM seen ORDER BY 1", static reader => reader.GetString(0)).Should().Equal("a", "b");
    }

    [Test]
    public async Task Values_of_all_kinds_come_through([Values] bool withLog)
    {
        using var database = new Database("CREATE TABLE kinds (\"Te\"\"xt\", flag, bytes, number, exact, at, local, id, maybe, large)");
        var rows = new Row[]
        {
            new("tab\t, line\nand \0 'quotes' \"ü€😀", true, [0, 92, 255], 1e-300, 79228162514264337593543950335m, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), new DateTime(2026, 1, 2), Guid.NewGuid(), null, long.MinValue),
            new("", false, [], double.NegativeInfinity, 0.1m, DateTimeOffset.UnixEpoch, default, Guid.Empty, -7, 1),
            new(null, true, null, 0, 0, DateTimeOffset.UnixEpoch, default, Guid.Empty, 0, 2),
        };
        await RunAsync(
            SqliteSink.To<Row>(database.ConnectionString, "kinds", row => row
                .Column("Te\"xt", r => r.Text).Column("flag", r => r.Flag).Column("bytes", r => r.Bytes).Column("number", r => r.Number).Column("exact", r => r.Exact)
                .Column("at", r => r.At).Column("local", r => r.Local).Column("id", r => r.Id).Column("maybe", r => r.Maybe).Column("large", r => r.Large)),
            rows,
            withLog);
        List<Row> read = database.Query("SELECT * FROM kinds", static reader => new Row(
            reader.IsDBNull(0) ? null : reader.GetString(0),
            reader.GetBoolean(1),
            reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2),
            reader.GetDouble(3),
            reader.GetDecimal(4),
            reader.GetFieldValue<DateTimeOffset>(5),
            reader.GetDateTime(6),
            reader.GetGuid(7),
            reader.IsDBNull(8) ? null : reader.GetInt32(8),
            reader.GetInt64(9)));
        read.Should().BeEquivalentTo(rows, static options => options.WithStrictOrdering().ComparingByMembers<Row>());
        database.Query("SELECT typeof(flag) || typeof(bytes) || typeof(number) || typeof(exact) || typeof(large) || at FROM kinds LIMIT 1", static reader => reader.GetString(0))
            .Should().Equal("integerblobrealtextinteger2026-01-02T01:04:05.0000000Z");
    }

    [Test]
    public async Task Dates_and_times_are_whole_and_sort()
    {
        using var database = new Database("CREATE TABLE dates (day, clock)");
        await RunAsync(
            SqliteSink.To<DateTime>(database.ConnectionString, "dates", row => row.Column("day", at => DateOnly.FromDateTime(at)).Column("clock", at => TimeOnly.FromDateTime(at))),
            [new DateTime(2026, 2, 3, 4, 5, 6).AddTicks(7)],
            withLog: false);
        database.Query("SELECT day || ' ' || clock FROM dates", static reader => reader.GetString(0)).Should().Equal("2026-02-03 04:05:06.0000007");
    }

    [Test]
    public async Task An_integer_that_does_not_fit_fails_the_job()
    {
        using var database = new Database("CREATE TABLE large (number)");
        await FluentActions.Awaiting(() => RunAsync(SqliteSink.To<ulong>(database.ConnectionString, "large", row => row.Column("number", n => n)), [ulong.MaxValue], withLog: true))
            .Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(OverflowException));
    }

    [TestCase("missing", "number", "*no such table: missing*")]
    [TestCase("there", "missing", "*no such column: there.missing*")]
    public async Task What_is_missing_is_found_when_the_job_starts(string table, string column, string message)
    {
        using var database = new Database("CREATE TABLE there (number int)");
        ISink<int> sink = SqliteSink.To<int>(database.ConnectionString, table, row => row.Column(column, number => number));
        await FluentActions.Awaiting(() => RunAsync(sink, [1], withLog: false))
            .Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(SqliteException)).WithMessage(message);
    }

    [Test]
    public void Columns_are_checked_where_they_are_named()
    {
        ((Action)(static () => SqliteSink.To<int>("Data Source=a.db", "table", static row => row))).Should().Throw<ArgumentException>().WithMessage("Add at least one column*");
        ((Action)(static () => SqliteSink.To<int>("Data Source=a.db", "table", static row => row.Key("a", static n => n).Column("A", static n => n))))
            .Should().Throw<ArgumentException>().WithMessage("There is a column 'A' already*");
    }

    private static async Task RunAsync<T>(ISink<T> sink, T[] rows, bool withLog)
    {
        DirectoryInfo log = Directory.CreateTempSubdirectory("iotstream-");
        try
        {
            var builder = new TopologyBuilder("sqlite");
            builder.From("source", Source.From(rows)).To("sink", sink);
            await using Job job = await builder.Build().StartAsync(new JobOptions
            {
                Lanes = 1,
                BatchSize = 7,
                EpochLog = withLog ? EpochLog.At(log.FullName) : null,
                EpochInterval = TimeSpan.FromMilliseconds(1),
            });
            await job.Completion;
        }
        finally
        {
            log.Delete(recursive: true);
        }
    }

    private sealed record Row(string? Text, bool Flag, byte[]? Bytes, double Number, decimal Exact, DateTimeOffset At, DateTime Local, Guid Id, int? Maybe, long Large);

    private sealed class Database : IDisposable
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("iotstream-");

        public Database(string schema)
        {
            ConnectionString = new SqliteConnectionStringBuilder { DataSource = Path.Combine(_directory.FullName, "test.db"), Pooling = false }.ToString();
            Query(schema, static _ => 0);
        }

        public string ConnectionString { get; }

        public List<TRow> Query<TRow>(string sql, Func<SqliteDataReader, TRow> read)
        {
            using var connection = new SqliteConnection(ConnectionString);
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            using SqliteDataReader reader = command.ExecuteReader();
            List<TRow> rows = [];
            while (reader.Read())
            {
                rows.Add(read(reader));
            }

            return rows;
        }

        public void Dispose() => _directory.Delete(recursive: true);
    }
}
