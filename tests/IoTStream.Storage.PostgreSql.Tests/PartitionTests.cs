using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;
using Npgsql;
using static IoTStream.Storage.PostgreSql.Tests.Jobs;

namespace IoTStream.Storage.PostgreSql.Tests;

/// <summary>Tables in pieces by time, without TimescaleDB.</summary>
public sealed class PartitionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 22, 30, 0, TimeSpan.Zero);

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

    [TestCase(true)]
    [TestCase(false)]
    public async Task Rows_keep_to_the_contract_of_exactly_once_sinks(bool hasKey)
    {
        string table = hasKey ? "contract_key" : "contract";
        ISink<int> sink = Hourly(table, static number => Start.AddMinutes(7 * number), hasKey);
        await RunAsync(sink, [], withLog: true);
        await OutboxSinkConformance.CheckAsync(
            (IOutboxSink<int>)sink, static number => number, cancellationToken => _server.QueryAsync($"SELECT number FROM {table}", static reader => reader.GetInt32(0), cancellationToken), runs: 4);
    }

    [Test]
    public async Task Each_row_is_in_the_partition_of_its_time_however_late_or_early_it_is([Values] bool withLog, [Values] bool hasKey)
    {
        string table = $"placed_{withLog}_{hasKey}".ToLowerInvariant();
        DateTimeOffset[] times = [Start, Start.AddHours(-3), Start.AddHours(2), Start, Start.AddYears(-30), Start.AddYears(70), DateTimeOffset.UnixEpoch.AddSeconds(-1), DateTimeOffset.MinValue];
        await RunAsync(Hourly(table, number => times[number], hasKey), [.. Enumerable.Range(0, times.Length)], withLog);
        (await _server.QueryAsync(
            $"SELECT number, tableoid::regclass::text FROM {table} ORDER BY number", static reader => (reader.GetInt32(0), reader.GetString(1))))
            .Should().Equal(times.Select((time, number) => (number, $"{table}_{time:yyyyMMdd_HH}0000")));
    }

    [Test]
    public async Task Partitions_are_there_ahead_of_their_rows()
    {
        using var created = new Counted("iotstream.postgresql.partitions.created", "ahead");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await RunAsync(
            PostgreSqlSink.To<int>(_server.ConnectionString, "ahead", row => row.Column("at", _ => now), new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") { Ahead = 3 } }),
            [1],
            withLog: false,
            "ahead");
        (await PartitionsAsync("ahead")).Should().Equal(Enumerable.Range(0, 4).Select(day => $"ahead_{now.AddDays(day):yyyyMMdd}"));
        created.Sum.Should().Be(4);
    }

    [Test]
    public async Task A_partition_is_dropped_when_all_of_it_is_past_retention()
    {
        using var dropped = new Counted("iotstream.postgresql.partitions.dropped", "aged");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        DateTimeOffset hour = new(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        ISink<int> sink = PostgreSqlSink.To<int>(
            _server.ConnectionString,
            "aged",
            row => row.Key("at", hours => now.AddHours(-hours)),
            new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") { Interval = TimeSpan.FromHours(1), Retention = TimeSpan.FromHours(5), Ahead = 0 } });
        await RunAsync(sink, [.. Enumerable.Range(0, 10)], withLog: true, "aged");

        // The next job begins with it.
        await RunAsync(sink, [0], withLog: true, "aged");
        (await PartitionsAsync("aged")).Should().Equal(Enumerable.Range(-5, 6).Select(hours => $"aged_{hour.AddHours(hours):yyyyMMdd_HHmmss}"));
        (await _server.QueryAsync("SELECT at FROM aged ORDER BY at DESC", static reader => reader.GetDateTime(0))).Should().HaveCount(6);
        dropped.Sum.Should().Be(4);
    }

    [Test]
    public async Task Whoever_reads_the_table_for_long_puts_off_the_drop_and_nothing_else()
    {
        ISink<int> sink = Hourly("busy", static number => Start.AddHours(number), hasKey: false);
        await RunAsync(sink, [0, 1], withLog: false);
        using var busy = new Counted("iotstream.postgresql.partitions.busy", "busy");
        ISink<int> aging = Hourly("busy", static number => Start.AddHours(number), hasKey: false, new TimePartitions("at") { Interval = TimeSpan.FromHours(1), Retention = TimeSpan.FromDays(1), Ahead = 0 });
        await using (var reading = new NpgsqlConnection(_server.ConnectionString))
        {
            await reading.OpenAsync();
            await using var command = new NpgsqlCommand("BEGIN; SELECT count(*) FROM busy", reading);
            await command.ExecuteNonQueryAsync();
            await RunAsync(aging, [1], withLog: false, "busy");
        }

        busy.Sum.Should().Be(1);
        (await _server.QueryAsync("SELECT number FROM busy ORDER BY number", static reader => reader.GetInt32(0))).Should().Equal(0, 1, 1);
        await RunAsync(aging, [], withLog: false, "busy");
        (await _server.QueryAsync("SELECT number FROM busy", static reader => reader.GetInt32(0))).Should().BeEmpty();
    }

    [Test]
    public async Task Rows_that_need_a_new_partition_wait_for_whoever_reads_the_table([Values] bool withLog)
    {
        string table = withLog ? "waited_log" : "waited";
        ISink<int> sink = Hourly(table, static number => Start.AddHours(number), hasKey: false);
        await RunAsync(sink, [0], withLog);
        using var busy = new Counted("iotstream.postgresql.partitions.busy", table);
        Task writing;
        await using (var reading = new NpgsqlConnection(_server.ConnectionString))
        {
            await reading.OpenAsync();
            await using var command = new NpgsqlCommand($"BEGIN; SELECT count(*) FROM {table}", reading);
            await command.ExecuteNonQueryAsync();
            writing = RunAsync(sink, [1], withLog, table);
            await Limits.UntilAsync(() => busy.Sum >= 2 || writing.IsCompleted, "creation was tried again");
            writing.IsCompleted.Should().BeFalse();
            (await _server.QueryAsync($"SELECT number FROM {table}", static reader => reader.GetInt32(0))).Should().Equal([0], "others go on reading");
        }

        await writing;
        (await _server.QueryAsync($"SELECT number FROM {table} ORDER BY number", static reader => reader.GetInt32(0))).Should().Equal(0, 1);
    }

    [Test]
    public async Task Rows_past_retention_are_counted_and_go_with_the_next_drop([Values] bool withLog, [Values] bool hasKey)
    {
        string table = $"expired_{withLog}_{hasKey}".ToLowerInvariant();
        using var expired = new Counted("iotstream.postgresql.rows.expired", table);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        ISink<int> sink = Hourly(
            table, number => now.AddHours(-number), hasKey, new TimePartitions("at") { Interval = TimeSpan.FromHours(1), Retention = TimeSpan.FromHours(5), Ahead = 0 });
        await RunAsync(sink, [0, 1, 100, 200, 300], withLog, table);
        expired.Sum.Should().Be(3);
        await RunAsync(sink, [], withLog, table);
        (await _server.QueryAsync($"SELECT number FROM {table} ORDER BY number", static reader => reader.GetInt32(0))).Should().Equal(0, 1);
    }

    [Test]
    public async Task Partitions_are_looked_after_while_the_job_runs()
    {
        var clock = new SteppedTime();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        ISink<int> sink = PostgreSqlSink.To<int>(
            _server.ConnectionString,
            "running",
            row => row.Column("at", _ => now),
            new PostgreSqlSinkOptions { BufferSize = 1, Partitions = new TimePartitions("at") { Retention = TimeSpan.FromDays(1) } });
        await _server.ExecuteAsync("CREATE TABLE running (at timestamptz) PARTITION BY RANGE (at)");
        int written = 0;
        async IAsyncEnumerable<int> Records()
        {
            yield return written++;
            await _server.ExecuteAsync("CREATE TABLE old PARTITION OF running FOR VALUES FROM (MINVALUE) TO ('2020-01-01'); INSERT INTO running VALUES ('2019-01-01')");
            clock.Step(TimeSpan.FromMinutes(10));
            yield return written++;
        }

        await using Job job = await Topology(Source.From(Records()), sink).StartAsync(new JobOptions { Lanes = 1, TimeProvider = clock });
        await job.Completion;
        (await PartitionsAsync("running")).Should().HaveCount(3).And.NotContain("old");
    }

    [Test]
    public async Task Writers_that_need_the_same_partitions_at_once_do_not_disturb_each_other([Values] bool hasKey)
    {
        string table = hasKey ? "together_key" : "together";
        int[] numbers = [.. Enumerable.Range(0, 400)];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => RunAsync(
            Hourly(table, static number => Start.AddMinutes(number % 400 * 20), hasKey), [.. numbers.Select(number => (writer * 400) + number)], withLog: writer % 2 == 0)));
        (await _server.QueryAsync($"SELECT number FROM {table} ORDER BY number", static reader => reader.GetInt32(0))).Should().Equal(Enumerable.Range(0, 1_600));
    }

    [Test]
    public async Task Partitions_of_another_interval_stay_and_the_others_fill_the_gaps()
    {
        static DateTimeOffset TimeOf(int number) => Start.AddMinutes(45 * number);
        await RunAsync(Hourly("changed", TimeOf, hasKey: false, new TimePartitions("at") { Interval = TimeSpan.FromHours(5), Ahead = 0 }), [0, 9], withLog: true);
        await RunAsync(Hourly("changed", TimeOf, hasKey: false, new TimePartitions("at") { Interval = TimeSpan.FromDays(1), Ahead = 0 }), [.. Enumerable.Range(1, 80)], withLog: true);
        await RunAsync(Hourly("changed", TimeOf, hasKey: false, new TimePartitions("at") { Interval = TimeSpan.FromHours(1), Ahead = 0 }), [.. Enumerable.Range(80, 10)], withLog: true);
        (await _server.QueryAsync("SELECT number FROM changed ORDER BY number", static reader => reader.GetInt32(0)))
            .Should().Equal(Enumerable.Range(0, 90).Concat([9, 80]).Order());
    }

    [Test]
    public async Task Times_without_a_zone_and_dates_make_partitions_too([Values] bool withLog)
    {
        string suffix = withLog ? "log" : "plain";
        await _server.ExecuteAsync("ALTER DATABASE postgres SET timezone TO 'Asia/Kolkata'");
        ISink<int> walls = PostgreSqlSink.To<int>(
            _server.ConnectionString,
            $"walls_{suffix}",
            row => row.Column("at", number => Start.DateTime.AddHours(number)),
            new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") { Ahead = 0 } });
        ISink<int> days = PostgreSqlSink.To<int>(
            _server.ConnectionString,
            $"days_{suffix}",
            row => row.Key("day", number => DateOnly.FromDateTime(Start.DateTime).AddDays(number)).Key("number", number => number),
            new PostgreSqlSinkOptions { Partitions = new TimePartitions("day") { Interval = TimeSpan.FromDays(2), Ahead = 0 } });
        await RunAsync(walls, [0, 2], withLog);
        await RunAsync(days, [0, 1, 2], withLog);
        (await _server.QueryAsync($"SELECT DISTINCT tableoid::regclass::text FROM walls_{suffix} ORDER BY 1", static reader => reader.GetString(0)))
            .Should().Equal($"walls_{suffix}_20260131", $"walls_{suffix}_20260201");
        (await _server.QueryAsync($"SELECT tableoid::regclass::text FROM days_{suffix} ORDER BY 1", static reader => reader.GetString(0)))
            .Should().Equal($"days_{suffix}_20260131", $"days_{suffix}_20260131", $"days_{suffix}_20260202");
    }

    [Test]
    public async Task Columns_get_types_into_which_all_values_fit()
    {
        await RunAsync(
            PostgreSqlSink.To<int>(
                _server.ConnectionString,
                "typed",
                row => row.Key("at", _ => Start).Key("id", _ => Guid.Empty).Column("a", _ => byte.MaxValue).Column("b", _ => ushort.MaxValue).Column("c", _ => uint.MaxValue)
                    .Column("d", _ => ulong.MaxValue).Column("e", _ => (int?)null).Column("f", _ => 0.1f).Column("g", _ => 0.1).Column("h", _ => 0.1m).Column("i", _ => "text")
                    .Column("j", _ => new byte[] { 1 }).Column("k", _ => true).Column("l", _ => TimeOnly.MinValue).Column("m", _ => 'c').Column("n", _ => DateOnly.MaxValue),
                new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") }),
            [1],
            withLog: false);
        (await _server.QueryAsync(
            "SELECT string_agg(udt_name || CASE is_nullable WHEN 'NO' THEN '!' ELSE '' END, ' ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'typed'",
            static reader => reader.GetString(0))).Should().Equal("timestamptz! uuid! int2 int4 int8 numeric int4 float4 float8 numeric text bytea bool time text date");
    }

    [Test]
    public async Task Rows_that_would_need_too_many_partitions_fail_the_job_with_advice()
    {
        ISink<int> sink = Hourly("wild", static number => Start.AddHours(number), hasKey: true, new TimePartitions("at") { Interval = TimeSpan.FromHours(1), MaximumPartitions = 50 });
        await FluentActions.Awaiting(() => RunAsync(sink, [.. Enumerable.Range(0, 60)], withLog: false)).Should().ThrowAsync<JobFailedException>()
            .WithInnerException(typeof(InvalidOperationException)).WithMessage("The table \"wild\" has 3 partitions, and rows of 2026-01-31T22:00:00* need 60 more*MaximumPartitions, 50*quality rule*");
    }

    [Test]
    public async Task A_table_that_is_there_has_to_be_partitioned_by_the_column()
    {
        await _server.ExecuteAsync(
            """
            CREATE TABLE whole (number int, at timestamptz); CREATE TABLE other (number int, at timestamptz) PARTITION BY RANGE (number);
            CREATE TABLE numbered (number int, at bigint) PARTITION BY RANGE (at); CREATE TABLE rest (number int, at timestamptz) PARTITION BY RANGE (at);
            CREATE TABLE rest_default PARTITION OF rest DEFAULT;
            """);
        foreach ((string table, string message) in new[]
        {
            ("whole", "*\"whole\" is there, but is not partitioned by range of the column 'at'*copy the rows*"),
            ("other", "*\"other\" is there, but is not partitioned by range of the column 'at'*"),
            ("numbered", "*has the type bigint*timestamptz*"),
            ("rest", "*has a default partition*"),
        })
        {
            await FluentActions.Awaiting(() => RunAsync(Hourly(table, static _ => Start, hasKey: false), [1], withLog: true))
                .Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(InvalidOperationException)).WithMessage(message);
        }
    }

    [Test]
    public async Task A_server_that_crashes_costs_a_restart_of_the_job_and_nothing_else()
    {
        await using PostgreSqlServer server = await PostgreSqlServer.StartAsync();
        ISink<int> sink = PostgreSqlSink.To<int>(
            server.ConnectionString,
            "crashed",
            row => row.Column("number", number => number).Column("at", number => Start.AddMinutes(number)),
            new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") { Interval = TimeSpan.FromHours(6) } });
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
                await server.CrashAsync();
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

        (await server.QueryAsync("SELECT number FROM crashed ORDER BY number", static reader => reader.GetInt32(0))).Should().Equal(numbers);
        log.Delete(recursive: true);
    }

    [Test]
    public void What_cannot_work_is_told_before_the_job_starts()
    {
        static ISink<int> With(string table, Func<PostgreSqlColumns<int>, PostgreSqlColumns<int>> columns) =>
            PostgreSqlSink.To<int>("Host=here", table, columns, new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") });

        ((Action)(static () => With("t", static row => row.Key("number", static n => n).Column("at", static _ => Start))))
            .Should().Throw<ArgumentException>().WithMessage("*'at'*its key has to have that column too: add it with Key instead of Column*");
        ((Action)(static () => With("t", static row => row.Key("number", static n => n)))).Should().Throw<ArgumentException>().WithMessage("TimePartitions.Column is 'at'*none of the columns*");
        ((Action)(static () => With("s." + new string('t', 48), static row => row.Key("at", static _ => Start)))).Should().Throw<ArgumentException>().WithMessage("*47 bytes at most*");
        ((Action)(static () => _ = new TimePartitions("at") { Interval = TimeSpan.FromSeconds(1.5) })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("TimePartitions.Interval is 00:00:01.5*");
        ((Action)(static () => _ = new TimePartitions("at") { Retention = TimeSpan.Zero })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("TimePartitions.Retention is 00:00:00*");
        ((Action)(static () => _ = new TimePartitions("at") { Ahead = -1 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("TimePartitions.Ahead is -1*");
        ((Action)(static () => _ = new TimePartitions("at") { MaximumPartitions = 0 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("TimePartitions.MaximumPartitions is 0*");
    }

    private ISink<int> Hourly(string table, Func<int, DateTimeOffset> time, bool hasKey, TimePartitions? partitions = null) => PostgreSqlSink.To<int>(
        _server.ConnectionString,
        table,
        row => hasKey ? row.Key("number", number => number).Key("at", time) : row.Column("number", number => number).Column("at", time),
        new PostgreSqlSinkOptions { Partitions = partitions ?? new TimePartitions("at") { Interval = TimeSpan.FromHours(1) } });

    private Task<IReadOnlyList<string>> PartitionsAsync(string table) => _server.QueryAsync(
        $"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{table}'::regclass ORDER BY 1", static reader => reader.GetString(0));

    /// <summary>The system's time, and some steps.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private long _steps;

        public void Step(TimeSpan step) => Interlocked.Add(ref _steps, step.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _steps);
    }
}
