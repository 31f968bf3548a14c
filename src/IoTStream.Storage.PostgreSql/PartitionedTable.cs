using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Creates a table in pieces by time if it is not there, and finds out who cares for the pieces.</summary>
internal static class PartitionedTable
{
    // Any number that no other program is likely to lock.
    private const long CreationLock = 0x496F_5453_7472_6562;

    /// <summary>Readies the table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="definition">Its columns, if it has to be created.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The type of the column with the time; null if the extension cares for the pieces.</returns>
    /// <exception cref="InvalidOperationException">The table is there, and is not what is wanted.</exception>
    public static async Task<string?> PrepareAsync(
        Table table, string definition, TimePartitions options, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await table.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                // Two jobs that start together would both find it missing, and one would fail.
                await connection.ExecuteAsync($"SELECT pg_advisory_xact_lock({CreationLock})", cancellationToken).ConfigureAwait(false);
                string? extension = await TimescaleDb.FindAsync(connection, cancellationToken).ConfigureAwait(false);
                string partitioned = extension is null ? $" PARTITION BY RANGE ({SqlName.Of(options.Column)})" : "";
                await connection.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {table.Name} ({definition}){partitioned}", cancellationToken).ConfigureAwait(false);
                string? timeType = null;
                if (extension is not null && !await IsPartitionedAsync(connection, table.Name, cancellationToken).ConfigureAwait(false))
                {
                    await TimescaleDb.UseAsync(connection, extension, table.Name, options, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    timeType = await CheckAsync(connection, table.Name, options, cancellationToken).ConfigureAwait(false);
                }

                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return timeType;
            }
        }
    }

    private static async Task<bool> IsPartitionedAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand($"SELECT relkind = 'p' FROM pg_class WHERE oid = {SqlName.Literal(table)}::regclass", connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    private static async Task<string> CheckAsync(NpgsqlConnection connection, string table, TimePartitions options, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(
            $"""
            SELECT format_type(atttypid, NULL), partdefid <> 0
            FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
            WHERE partrelid = {SqlName.Literal(table)}::regclass AND partstrat = 'r' AND partnatts = 1 AND attname = {SqlName.Literal(options.Column)}
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new InvalidOperationException(
                        $"The table {table} is there, but is not partitioned by range of the column '{options.Column}'. Give it another name, let the job create the table, and copy the rows into it; or leave PostgreSqlSinkOptions.Partitions out.");
                }

                if (reader.GetBoolean(1))
                {
                    throw new InvalidOperationException(
                        $"The table {table} has a default partition, and rows in it would keep others from being created: detach it (ALTER TABLE {table} DETACH PARTITION ...) and insert its rows into the table again.");
                }

                string type = reader.GetString(0);
                return type is "timestamp with time zone" or "timestamp without time zone" || (type == "date" && options.Interval.Ticks % TimeSpan.TicksPerDay == 0)
                    ? type
                    : throw new InvalidOperationException(
                        $"The column '{options.Column}' of the table {table} has the type {type}, which has no pieces of {options.Interval}: it has to be timestamptz or timestamp, or date with a TimePartitions.Interval of whole days.");
            }
        }
    }
}
