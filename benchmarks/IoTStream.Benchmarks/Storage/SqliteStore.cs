using IoTStream.Connectors;
using IoTStream.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace IoTStream.Benchmarks.Storage;

/// <summary>A file of SQLite with a write-ahead log. Bare: a prepared statement in one transaction.</summary>
internal sealed class SqliteStore : Store
{
    private readonly string _folder = Directory.CreateTempSubdirectory("iotstream-storage-").FullName;
    private readonly string _connectionString;

    public SqliteStore()
        : base("SQLite")
    {
        _connectionString = $"Data Source={Path.Combine(_folder, "rows.db")}";
        Execute("PRAGMA journal_mode = WAL");
        Execute("CREATE TABLE rows (machine INTEGER, at TEXT, value REAL)");
    }

    public override ISink<Row> Sink => SqliteSink.To<Row>(
        _connectionString, "rows", row => row.Column("machine", r => r.Machine).Column("at", r => r.At).Column("value", r => r.Value));

    public override bool IsExactlyOnce => true;

    public override Task EmptyAsync()
    {
        Execute("DELETE FROM rows");
        return Task.CompletedTask;
    }

    public override Task WriteBareAsync(Row[] rows)
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using SqliteTransaction transaction = connection.BeginTransaction();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO rows VALUES ($machine, $at, $value)";
        SqliteParameter machine = command.Parameters.Add("$machine", SqliteType.Integer);
        SqliteParameter at = command.Parameters.Add("$at", SqliteType.Text);
        SqliteParameter value = command.Parameters.Add("$value", SqliteType.Real);
        command.Prepare();
        foreach (Row row in rows)
        {
            machine.Value = row.Machine;
            at.Value = row.At;
            value.Value = row.Value;
            command.ExecuteNonQuery();
        }

        transaction.Commit();
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync()
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM rows";
        return Task.FromResult((long)command.ExecuteScalar()!);
    }

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
