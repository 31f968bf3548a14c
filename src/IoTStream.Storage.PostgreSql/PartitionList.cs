using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Partitions of a table as the catalog of the database has them.</summary>
internal static class PartitionList
{
    /// <summary>Reads them in the order of time.</summary>
    public static async Task<List<Partition>> ReadAsync(NpgsqlConnection connection, string table, string timeType, CancellationToken cancellationToken)
    {
        // Bounds are to be had as text only: FOR VALUES FROM ('2026-01-31 00:00:00+00') TO (MAXVALUE).
        var command = new NpgsqlCommand(
            $"""
            SELECT format('%I.%I', nspname, relname),
                extract(epoch FROM coalesce(substring(bound FROM '^FOR VALUES FROM \(''([^'']*)''\)'), '-infinity')::{timeType})::float8 AS first,
                extract(epoch FROM coalesce(substring(bound FROM ' TO \(''([^'']*)''\)$'), 'infinity')::{timeType})::float8
            FROM (
                SELECT nspname, relname, pg_get_expr(relpartbound, pg_class.oid) AS bound
                FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
                WHERE inhparent = {SqlName.Literal(table)}::regclass) AS partitions
            ORDER BY first
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                List<Partition> partitions = [];
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    partitions.Add(new Partition(reader.GetString(0), new TimeRange(reader.GetDouble(1), reader.GetDouble(2))));
                }

                return partitions;
            }
        }
    }
}
