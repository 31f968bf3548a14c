using IoTStream.Connectors;
using Npgsql;
using static IoTStream.Storage.PostgreSql.Tests.Jobs;

namespace IoTStream.Storage.PostgreSql.Tests;

/// <summary>
/// What is asked of TimescaleDB. The extension itself is not here: a schema with functions of the same names and parameters, which write down how they are called, and an entry in the
/// catalog stand in for it. That shows which statements are sent, not what the extension makes of them.
/// </summary>
public sealed class HypertableTests
{
    private const string StandIn =
        """
        CREATE SCHEMA scale;
        CREATE TABLE scale.calls (number serial, call text);
        CREATE FUNCTION scale.create_hypertable(relation regclass, time_column_name name, partitioning_column name = NULL, number_partitions int = NULL,
            chunk_time_interval anyelement = NULL::bigint, create_default_indexes bool = true, if_not_exists bool = false, migrate_data bool = false) RETURNS void LANGUAGE sql AS
            $$ INSERT INTO scale.calls (call) VALUES (format('create_hypertable %s %s %s %s', relation, time_column_name, chunk_time_interval, if_not_exists)) $$;
        CREATE FUNCTION scale.remove_retention_policy(relation regclass, if_exists bool = false) RETURNS void LANGUAGE sql AS
            $$ INSERT INTO scale.calls (call) VALUES (format('remove_retention_policy %s %s', relation, if_exists)) $$;
        CREATE FUNCTION scale.add_retention_policy(relation regclass, drop_after interval, if_not_exists bool = false) RETURNS int LANGUAGE sql AS
            $$ INSERT INTO scale.calls (call) VALUES (format('add_retention_policy %s %s %s', relation, drop_after, if_not_exists)); SELECT 1 $$;
        SET allow_system_table_mods = on;
        INSERT INTO pg_extension SELECT 99999, 'timescaledb', 10, oid, false, '2.0' FROM pg_namespace WHERE nspname = 'scale';
        """;

    private PostgreSqlServer _server = null!;

    [OneTimeSetUp]
    public async Task StartServerAsync()
    {
        _server = await PostgreSqlServer.StartAsync();
        await _server.ExecuteAsync(StandIn);
    }

    [OneTimeTearDown]
    public async Task StopServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Test]
    public async Task A_hypertable_is_asked_for_and_nothing_is_partitioned_beside([Values] bool withLog)
    {
        string table = $"Plant {(withLog ? "1" : "2")}'s";
        DateTimeOffset at = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        ISink<int> Sink(TimeSpan? retention) => PostgreSqlSink.To<int>(
            _server.ConnectionString,
            table,
            row => row.Key("number", number => number).Key("at", _ => at).Column("value", number => number / 2.0),
            new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") { Interval = TimeSpan.FromHours(12), Retention = retention } });
        await RunAsync(Sink(null), [1, 2], withLog);
        await RunAsync(Sink(TimeSpan.FromDays(90)), [2, 3], withLog);
        string name = $"\"{table}\"";
        (await _server.QueryAsync("DELETE FROM scale.calls RETURNING call", static reader => reader.GetString(0))).Should().Equal(
            $"create_hypertable {name} at 12:00:00 t",
            $"create_hypertable {name} at 12:00:00 t",
            $"remove_retention_policy {name} t",
            $"add_retention_policy {name} 2160:00:00 f");
        (await _server.QueryAsync($"SELECT number FROM {name} ORDER BY number", static reader => reader.GetInt32(0))).Should().Equal(1, 2, 3);
        (await _server.QueryAsync($"SELECT relkind::text FROM pg_class WHERE oid = '{name.Replace("'", "''", StringComparison.Ordinal)}'::regclass", static reader => reader.GetString(0)))
            .Should().Equal("r");
    }

    [Test]
    public async Task A_table_that_was_partitioned_before_the_extension_came_stays_so()
    {
        await _server.ExecuteAsync("CREATE TABLE before (number int, at timestamptz) PARTITION BY RANGE (at)");
        await RunAsync(
            PostgreSqlSink.To<int>(
                _server.ConnectionString,
                "before",
                row => row.Column("number", number => number).Column("at", number => DateTimeOffset.UnixEpoch.AddDays(number)),
                new PostgreSqlSinkOptions { Partitions = new TimePartitions("at") }),
            [1, 2, 3],
            withLog: true);
        (await _server.QueryAsync("SELECT DISTINCT tableoid FROM before", static reader => reader.GetFieldValue<uint>(0))).Should().HaveCount(3);
        (await _server.QueryAsync("SELECT call FROM scale.calls WHERE call LIKE '%before%'", static reader => reader.GetString(0))).Should().BeEmpty();
    }
}
