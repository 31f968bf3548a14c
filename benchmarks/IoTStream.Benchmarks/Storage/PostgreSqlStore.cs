using IoTStream.Connectors;
using IoTStream.Storage.PostgreSql;
using Npgsql;
using NpgsqlTypes;

namespace IoTStream.Benchmarks.Storage;

/// <summary>A table of PostgreSQL. Bare: one binary COPY.</summary>
internal sealed class PostgreSqlStore : Store
{
    private const string Table = "iotstream_benchmark_rows";

    private readonly string _connectionString;
    private readonly NpgsqlDataSource _source;

    public PostgreSqlStore(string connectionString)
        : base("PostgreSQL")
    {
        _connectionString = connectionString;
        _source = NpgsqlDataSource.Create(connectionString);
    }

    public override ISink<Row> Sink => PostgreSqlSink.To<Row>(
        _connectionString, Table, row => row.Column("machine", r => r.Machine).Column("at", r => r.At).Column("value", r => r.Value));

    public override bool IsExactlyOnce => true;

    public override async Task EmptyAsync()
    {
        await using NpgsqlCommand command = _source.CreateCommand(
            $"DROP TABLE IF EXISTS {Table}; CREATE TABLE {Table} (machine int, at timestamptz, value double precision)");
        await command.ExecuteNonQueryAsync();
    }

    public override async Task WriteBareAsync(Row[] rows)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync();
        await using NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync($"COPY {Table} FROM STDIN (FORMAT BINARY)");
        foreach (Row row in rows)
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(row.Machine, NpgsqlDbType.Integer);
            await copy.WriteAsync(row.At, NpgsqlDbType.TimestampTz);
            await copy.WriteAsync(row.Value, NpgsqlDbType.Double);
        }

        await copy.CompleteAsync();
    }

    public override async Task<long> CountAsync()
    {
        await using NpgsqlCommand command = _source.CreateCommand($"SELECT count(*) FROM {Table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public override async ValueTask DisposeAsync()
    {
        await using (NpgsqlCommand command = _source.CreateCommand($"DROP TABLE IF EXISTS {Table}"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await _source.DisposeAsync();
    }
}
