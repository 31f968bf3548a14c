using System.Globalization;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>What is asked of the extension TimescaleDB (https://docs.tigerdata.com/api/latest/).</summary>
internal static class TimescaleDb
{
    /// <summary>The schema in which the extension has its functions.</summary>
    /// <returns>Null if the database does not have the extension.</returns>
    public static async Task<string?> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'timescaledb'", connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
        }
    }

    /// <summary>Makes a table a hypertable, if it is none yet, and has rows forgotten.</summary>
    public static async Task UseAsync(NpgsqlConnection connection, string schema, string table, TimePartitions partitions, CancellationToken cancellationToken)
    {
        string functions = SqlName.Of(schema);
        string relation = $"{SqlName.Literal(table)}::regclass";
        string statements =
            $"SELECT {functions}.create_hypertable({relation}, {SqlName.Literal(partitions.Column)}::name, chunk_time_interval => {Interval(partitions.Interval)}, if_not_exists => true)";
        if (partitions.Retention is { } retention)
        {
            // One that is there already would be kept as it is, with whatever time it has.
            statements +=
                $"; SELECT {functions}.remove_retention_policy({relation}, if_exists => true); SELECT {functions}.add_retention_policy({relation}, drop_after => {Interval(retention)})";
        }

        await connection.ExecuteAsync(statements, cancellationToken).ConfigureAwait(false);
    }

    private static string Interval(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"INTERVAL '{time.TotalSeconds} seconds'");
}
