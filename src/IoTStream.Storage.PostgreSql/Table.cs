using System.Buffers;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>A table and the connections to its database.</summary>
/// <param name="Source">The connections.</param>
/// <param name="Name">The name in quotes.</param>
/// <param name="Keys">The columns by which rows replace each other; if there are none, rows are added.</param>
internal sealed record Table(NpgsqlDataSource Source, string Name, IReadOnlyList<string> Keys)
{
    public const string Staged = "iotstream_rows";
    private const string Order = "iotstream_order";

    /// <summary>Finds the types of columns, which must be there.</summary>
    public async Task<uint[]> FindTypesAsync(IEnumerable<string> columns, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = Source.CreateCommand($"SELECT {SqlName.List(columns)} FROM {Name} LIMIT 0");
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetDataTypeOID)];
            }
        }
    }

    /// <summary>Writes rows inside a transaction.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, RowPart part, CancellationToken cancellationToken)
    {
        if (Keys.Count == 0 && part.Fits)
        {
            await CopyAsync(connection, Name, part, cancellationToken).ConfigureAwait(false);
            return;
        }

        // COPY can neither replace rows nor cast values: they are copied into a table of the transaction's own, and merged from there, the last of each key.
        await StageAsync(connection, part, cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync($"{(Keys.Count == 0 ? Added(part.List) : Merged(part))}; DROP TABLE {Staged}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies rows into a table of the transaction's own.</summary>
    public async Task StageAsync(NpgsqlConnection connection, RowPart part, CancellationToken cancellationToken)
    {
        CopiedColumns columns = part.Columns;
        string staged = columns.Types is { } types
            ? $"({string.Join(", ", columns.Names.Zip(types, static (name, type) => $"{SqlName.Of(name)} {CopyType.NameOf(type)}"))}) ON COMMIT DROP"
            : $"ON COMMIT DROP AS SELECT {part.List} FROM {Name} WITH NO DATA";
        await connection.ExecuteAsync($"CREATE TEMPORARY TABLE {Staged} {staged}; ALTER TABLE {Staged} ADD COLUMN {Order} bigserial", cancellationToken).ConfigureAwait(false);
        await CopyAsync(connection, Staged, part, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string table, RowPart part, CancellationToken cancellationToken)
    {
        string copy = $"COPY {table} ({part.List}) FROM STDIN";
        if (part.Columns.Types is not null)
        {
            NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync($"{copy} (FORMAT BINARY)", cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(CopyBinary.Header, cancellationToken).ConfigureAwait(false);
                await WriteAsync(stream, part.Rows, cancellationToken).ConfigureAwait(false);
                await stream.WriteAsync(CopyBinary.Trailer, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            TextWriter import = await connection.BeginTextImportAsync(copy, cancellationToken).ConfigureAwait(false);
            await using (import.ConfigureAwait(false))
            {
                // The rows are text in UTF-8 already, which is all that the writer would make of them.
                await WriteAsync(((StreamWriter)import).BaseStream, part.Rows, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task WriteAsync(Stream stream, IReadOnlyList<ReadOnlySequence<byte>> rows, CancellationToken cancellationToken)
    {
        foreach (ReadOnlySequence<byte> part in rows)
        {
            foreach (ReadOnlyMemory<byte> bytes in part)
            {
                await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private string Added(string list) => $"INSERT INTO {Name} ({list}) SELECT {list} FROM {Staged} ORDER BY {Order}";

    private string Merged(RowPart part)
    {
        string keys = SqlName.List(Keys);
        string[] others = [.. part.Columns.Names.Where(column => !Keys.Contains(column, StringComparer.Ordinal)).Select(SqlName.Of)];
        string conflict = others.Length == 0 ? "NOTHING" : "UPDATE SET " + string.Join(", ", others.Select(static column => $"{column} = EXCLUDED.{column}"));
        return $"INSERT INTO {Name} ({part.List}) SELECT DISTINCT ON ({keys}) {part.List} FROM {Staged} ORDER BY {keys}, {Order} DESC ON CONFLICT ({keys}) DO {conflict}";
    }
}
