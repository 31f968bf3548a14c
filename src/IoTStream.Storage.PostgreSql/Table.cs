using System.Buffers;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>A table and the connections to its database.</summary>
/// <param name="Source">The connections.</param>
/// <param name="Name">The name in quotes.</param>
/// <param name="Keys">The columns by which rows replace each other; if there are none, rows are added.</param>
internal sealed record Table(NpgsqlDataSource Source, string Name, IReadOnlyList<string> Keys)
{
    private const string Staged = "iotstream_rows";
    private const string Order = "iotstream_order";

    /// <summary>Sees to it that the table has the columns.</summary>
    public async Task CheckAsync(IEnumerable<string> columns, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, $"SELECT {SqlName.List(columns)} FROM {Name} LIMIT 0", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes rows inside a transaction.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<string> columns, IReadOnlyList<ReadOnlySequence<byte>> rows, CancellationToken cancellationToken)
    {
        string list = SqlName.List(columns);
        if (Keys.Count == 0)
        {
            await CopyAsync(connection, Name, list, rows, cancellationToken).ConfigureAwait(false);
            return;
        }

        // COPY cannot replace rows: they are copied into a table of the transaction's own, and merged from there, the last of each key.
        await ExecuteAsync(
            connection,
            $"""
            CREATE TEMPORARY TABLE {Staged} ON COMMIT DROP AS SELECT {list} FROM {Name} WITH NO DATA;
            ALTER TABLE {Staged} ADD COLUMN {Order} bigserial
            """,
            cancellationToken).ConfigureAwait(false);
        await CopyAsync(connection, Staged, list, rows, cancellationToken).ConfigureAwait(false);
        string keys = SqlName.List(Keys);
        string[] others = [.. columns.Where(column => !Keys.Contains(column, StringComparer.Ordinal)).Select(SqlName.Of)];
        string conflict = others.Length == 0 ? "NOTHING" : "UPDATE SET " + string.Join(", ", others.Select(static column => $"{column} = EXCLUDED.{column}"));
        await ExecuteAsync(
            connection,
            $"""
            INSERT INTO {Name} ({list}) SELECT DISTINCT ON ({keys}) {list} FROM {Staged} ORDER BY {keys}, {Order} DESC
            ON CONFLICT ({keys}) DO {conflict};
            DROP TABLE {Staged}
            """,
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection, string table, string columns, IReadOnlyList<ReadOnlySequence<byte>> rows, CancellationToken cancellationToken)
    {
        TextWriter import = await connection.BeginTextImportAsync($"COPY {table} ({columns}) FROM STDIN", cancellationToken).ConfigureAwait(false);
        await using (import.ConfigureAwait(false))
        {
            // The rows are text in UTF-8 already, which is all that the writer would make of them.
            Stream stream = ((StreamWriter)import).BaseStream;
            foreach (ReadOnlySequence<byte> part in rows)
            {
                foreach (ReadOnlyMemory<byte> bytes in part)
                {
                    await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
