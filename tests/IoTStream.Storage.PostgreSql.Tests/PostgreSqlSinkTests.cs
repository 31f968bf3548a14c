using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.Runtime;
using IoTStream.Testing;
using Npgsql;
using static IoTStream.Storage.PostgreSql.Tests.Jobs;

namespace IoTStream.Storage.PostgreSql.Tests;

/// <summary>Against a real server.</summary>
public sealed class PostgreSqlSinkTests
{
    private PostgreSqlServer _server = null!;

    [OneTimeSetUp]
    public async Task StartServerAsync() => _server = await PostgreSqlServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Test]
    public async Task Added_rows_keep_to_the_contract_of_exactly_once_sinks()
    {
        await _server.ExecuteAsync("CREATE TABLE added (number int, text text)");
        ISink<int> sink = PostgreSqlSink.To<int>(_server.ConnectionString, "added", row => row.Column("number", number => number).Column("text", number => $"\t{number}\\"));
        await OutboxSinkConformance.CheckAsync((IOutboxSink<int>)sink, static number => number, cancellationToken =>
            _server.QueryAsync("SELECT number FROM added WHERE text = E'\\t' || number || '\\'", static reader => reader.GetInt32(0), cancellationToken), runs: 8);
    }

    [Test]
    public async Task Merged_rows_keep_to_the_contract_of_exactly_once_sinks()
    {
        await _server.ExecuteAsync("CREATE TABLE merged (number int PRIMARY KEY, writes int DEFAULT 1)");
        ISink<int> sink = PostgreSqlSink.To<int>(_server.ConnectionString, "public.merged", row => row.Key("number", number => number));
        await OutboxSinkConformance.CheckAsync((IOutboxSink<int>)sink, static number => number, cancellationToken =>
            _server.QueryAsync("SELECT number FROM merged", static reader => reader.GetInt32(0), cancellationToken), runs: 4);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_last_row_of_a_key_stays(bool withLog)
    {
        string table = withLog ? "latest_log" : "latest";
        await _server.ExecuteAsync($"CREATE TABLE {table} (machine text, sensor int, value double precision, PRIMARY KEY (machine, sensor))");
        ISink<(string Machine, int Sensor, double Value)> sink = PostgreSqlSink.To<(string Machine, int Sensor, double Value)>(
            _server.ConnectionString, table, row => row.Key("machine", r => r.Machine).Key("sensor", r => r.Sensor).Column("value", r => r.Value), new PostgreSqlSinkOptions { BufferSize = 50 });
        await RunAsync(sink, [.. Enumerable.Range(0, 100).Select(static i => ($"m{i % 3}", i % 2, (double)i))], withLog);
        (await _server.QueryAsync($"SELECT machine, sensor, value FROM {table} ORDER BY value", static reader => (reader.GetString(0), reader.GetInt32(1), reader.GetDouble(2))))
            .Should().Equal(Enumerable.Range(94, 6).Select(static i => ($"m{i % 3}", i % 2, (double)i)));
    }

    [Test]
    public async Task Values_of_all_kinds_come_through([Values] bool withLog)
    {
        string table = withLog ? "kinds_log" : "kinds";
        await _server.ExecuteAsync(
            $"CREATE TABLE {table} (\"Te\"\"xt\" text, flag bool, bytes bytea, number double precision, exact numeric, at timestamptz, id uuid, maybe int, json jsonb)");
        var rows = new Row[]
        {
            new("tab\t, line\nand \r \\N \\. 'quotes' \"ü€😀", true, [0, 92, 255], double.NaN, 79228162514264337593543950335m, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), Guid.NewGuid(), null),
            new("", false, [], double.NegativeInfinity, 0.1m, DateTimeOffset.UnixEpoch, Guid.Empty, -7),
            new("\\N", false, [], 1e-300, -1m, DateTimeOffset.UnixEpoch, Guid.Empty, int.MaxValue),
            new(null, true, null, 0, 0, DateTimeOffset.UnixEpoch, Guid.Empty, 0),
        };
        await RunAsync(
            PostgreSqlSink.To<Row>(_server.ConnectionString, table, row => row
                .Column("Te\"xt", r => r.Text).Column("flag", r => r.Flag).Column("bytes", r => r.Bytes).Column("number", r => r.Number).Column("exact", r => r.Exact)
                .Column("at", r => r.At).Column("id", r => r.Id).Column("maybe", r => r.Maybe).Column("json", _ => "{\"a\": \"\\n\"}")),
            rows,
            withLog);
        IReadOnlyList<Row> read = await _server.QueryAsync($"SELECT * FROM {table}", static reader => new Row(
            reader.IsDBNull(0) ? null : reader.GetString(0),
            reader.GetBoolean(1),
            reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2),
            reader.GetDouble(3),
            reader.GetDecimal(4),
            reader.GetFieldValue<DateTimeOffset>(5),
            reader.GetGuid(6),
            reader.IsDBNull(7) ? null : reader.GetInt32(7)));
        read.Should().BeEquivalentTo(rows, static options => options.WithStrictOrdering().ComparingByMembers<Row>());
        (await _server.QueryAsync($"SELECT json->>'a' FROM {table}", static reader => reader.GetString(0))).Should().OnlyContain(static text => text == "\n");
    }

    [Test]
    public async Task Rows_are_the_same_in_the_binary_format_as_in_text()
    {
        const string Columns =
            "small int2, plain int4, large int8, counted float8, single float4, number float8, exact numeric, rounded numeric(12,2), at timestamptz, wall timestamp, day date, clock time, id uuid, letters varchar(40)";

        // An interval has no binary form here, so rows with one go as text.
        await _server.ExecuteAsync($"CREATE TABLE by_binary ({Columns}); CREATE TABLE by_text ({Columns}, took interval)");
        var random = new Random(7);
        Values[] rows = [.. Enumerable.Range(0, 2_000).Select(_ => Random(random))];
        static PostgreSqlColumns<Values> Row(PostgreSqlColumns<Values> row) => row
            .Column("small", r => (sbyte)r.Small).Column("plain", r => r.Small).Column("large", r => r.Large).Column("counted", r => r.Large).Column("single", r => (float)r.Number)
            .Column("number", r => r.Number).Column("exact", r => r.Exact).Column("rounded", r => r.Exact % 1_000_000_000).Column("at", r => r.At).Column("wall", r => r.At.DateTime)
            .Column("day", r => DateOnly.FromDateTime(r.At.DateTime)).Column("clock", r => r.Clock).Column("id", r => r.Id).Column("letters", r => r.Letters);
        await RunAsync(PostgreSqlSink.To<Values>(_server.ConnectionString, "by_binary", Row), rows, withLog: false);
        await RunAsync(PostgreSqlSink.To<Values>(_server.ConnectionString, "by_text", row => Row(row).Column("took", _ => "1 second")), rows, withLog: false);
        await _server.ExecuteAsync("ALTER TABLE by_text DROP COLUMN took");
        foreach (string column in Columns.Split(", ").Select(static column => column.Split(' ')[0]))
        {
            (await _server.QueryAsync(
                $"SELECT b.{column}::text || ' and ' || t.{column}::text FROM by_binary b JOIN by_text t USING (id) WHERE b.{column}::text <> t.{column}::text LIMIT 3",
                static reader => reader.GetString(0))).Should().BeEmpty("{0} is the same", column);
        }

        (await _server.QueryAsync("SELECT count(*) FROM by_binary JOIN by_text USING (id)", static reader => reader.GetInt64(0))).Should().Equal(rows.Length);
    }

    [Test]
    public async Task A_number_that_is_too_large_for_its_column_is_told_with_the_name_of_the_column([Values] bool withLog)
    {
        await _server.ExecuteAsync("CREATE TABLE IF NOT EXISTS narrow (number int2)");
        ISink<int> sink = PostgreSqlSink.To<int>(_server.ConnectionString, "narrow", row => row.Column("number", number => number));
        await FluentActions.Awaiting(() => RunAsync(sink, [40_000], withLog))
            .Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(OverflowException)).WithMessage("*column 'number' does not fit into int2*");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Rows_in_the_log_fit_into_columns_that_are_given_other_types_meanwhile(bool withKey)
    {
        string table = withKey ? "widened_key" : "widened";
        await _server.ExecuteAsync($"CREATE TABLE {table} (number int4 PRIMARY KEY, value float4)");
        ISink<int> sink = PostgreSqlSink.To<int>(_server.ConnectionString, table, row => (withKey ? row.Key("number", n => n) : row.Column("number", n => n)).Column("value", n => n + 0.5f));
        DirectoryInfo log = Directory.CreateTempSubdirectory("iotstream-");
        var options = new JobOptions { Lanes = 1, EpochLog = EpochLog.At(log.FullName), EpochInterval = TimeSpan.FromMilliseconds(1) };
        int[] numbers = [.. Enumerable.Range(0, 100)];

        // The epoch is in the log, but the table is locked until the job is cancelled.
        await using (NpgsqlConnection locking = await _server.LockAsync(table))
        {
            await using Job job = await Topology(Source.From(numbers), sink).StartAsync(options);
            await _server.WaitForWriterAsync(table);
        }

        await _server.ExecuteAsync($"ALTER TABLE {table} ALTER number TYPE int8, ALTER value TYPE numeric");
        await using (Job job = await Topology(Source.From(numbers), sink).StartAsync(options))
        {
            await job.Completion;
        }

        (await _server.QueryAsync($"SELECT number, value FROM {table} ORDER BY number", static reader => (reader.GetInt64(0), reader.GetDecimal(1))))
            .Should().Equal(numbers.Select(static number => ((long)number, number + 0.5m)));
        log.Delete(recursive: true);
    }

    [Test]
    public async Task A_server_that_crashes_costs_a_restart_of_the_job_and_nothing_else()
    {
        await _server.ExecuteAsync("CREATE TABLE crashed (number int)");
        ISink<int> sink = PostgreSqlSink.To<int>(_server.ConnectionString, "crashed", row => row.Column("number", number => number));
        DirectoryInfo log = Directory.CreateTempSubdirectory("iotstream-");
        int[] numbers = [.. Enumerable.Range(0, 20_000)];
        var options = new JobOptions { Lanes = 1, BatchSize = 100, EpochLog = EpochLog.At(log.FullName), EpochInterval = TimeSpan.FromMilliseconds(5) };
        int crashes = 0;
        while (true)
        {
            await using Job job = await Topology(Generator.AtRate(10_000, static number => (int)number, numbers.Length), sink).StartAsync(options);
            if (crashes < 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(400));
                await _server.CrashAsync();
                crashes++;
            }

            try
            {
                await job.Completion;
                break;
            }
            catch (JobFailedException exception) when (exception.InnerException is NpgsqlException or IOException or ObjectDisposedException)
            {
                // Started again, as a supervisor would.
            }
        }

        (await _server.QueryAsync("SELECT number FROM crashed ORDER BY number", static reader => reader.GetInt32(0))).Should().Equal(numbers);
        log.Delete(recursive: true);
    }

    [TestCase("missing", "number", "*\"missing\" does not exist*")]
    [TestCase("there", "missing", "*\"missing\" does not exist*")]
    public async Task What_is_missing_is_found_when_the_job_starts(string table, string column, string message)
    {
        await _server.ExecuteAsync("CREATE TABLE IF NOT EXISTS there (number int)");
        ISink<int> sink = PostgreSqlSink.To<int>(_server.ConnectionString, table, row => row.Column(column, number => number));
        await FluentActions.Awaiting(() => Topology(Source.From([1]), sink).StartAsync())
            .Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(PostgresException)).WithMessage(message);
    }

    [Test]
    public void Columns_are_checked_where_they_are_named()
    {
        ((Action)(static () => PostgreSqlSink.To<int>("Host=here", "table", static row => row))).Should().Throw<ArgumentException>().WithMessage("Add at least one column*");
        ((Action)(static () => PostgreSqlSink.To<int>("Host=here", "table", static row => row.Key("a", static n => n).Column("a", static n => n))))
            .Should().Throw<ArgumentException>().WithMessage("There is a column 'a' already*");
        ((Action)(static () => PostgreSqlSink.To<int>("Host=here", "table", static row => row.Column("a", static _ => TimeSpan.Zero))))
            .Should().Throw<NotSupportedException>().WithMessage("*TotalSeconds*");
        ((Action)(static () => _ = new PostgreSqlSinkOptions { BufferSize = 0 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("PostgreSqlSinkOptions.BufferSize is 0*");
    }

    private static Values Random(Random random) => new(
        random.Next(sbyte.MinValue, sbyte.MaxValue + 1),
        random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64),
        (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-30, 30)),
        new decimal(random.Next() >> random.Next(32), random.Next() >> random.Next(32), random.Next() >> random.Next(32), random.Next(2) == 0, (byte)random.Next(29)),
        new DateTimeOffset(Ticks(random, TimeSpan.TicksPerDay, DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerDay), TimeSpan.FromMinutes(random.Next(-700, 700))),
        new TimeOnly(Ticks(random, 0, TimeSpan.TicksPerDay)),
        Guid.NewGuid(),
        new string((char)random.Next(1, 0xD800), random.Next(40)));

    // The server reads a text by way of a floating-point number, so halves of what it keeps go either way there.
    private static long Ticks(Random random, long least, long limit) => random.NextInt64(least, limit) is var ticks && ticks % 10 == 5 ? ticks - 1 : ticks;

    private sealed record Values(int Small, long Large, double Number, decimal Exact, DateTimeOffset At, TimeOnly Clock, Guid Id, string Letters);

    private sealed record Row(string? Text, bool Flag, byte[]? Bytes, double Number, decimal Exact, DateTimeOffset At, Guid Id, int? Maybe);
}
