using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>The table that says which epoch of a log a sink has applied last.</summary>
internal sealed class EpochTable(Guid log, string topology, string step)
{
    // Any number that no other program is likely to lock.
    private const long CreationLock = 0x496F_5453_7472_6561;

    /// <summary>Creates it if it is not there.</summary>
    public static async Task CreateAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        // Two sinks that start together would both find it missing, and one would fail.
        NpgsqlCommand command = source.CreateCommand(
            $"""
            SELECT pg_advisory_xact_lock({CreationLock});
            CREATE TABLE IF NOT EXISTS iotstream_epochs (
                log uuid, topology text, step text, epoch bigint NOT NULL, applied timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (log, topology, step))
            """);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The last epoch. A transaction that is about to write another is waited for.</summary>
    /// <returns>0 if there was none.</returns>
    public async Task<long> FindLastAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = Command(connection, "SELECT epoch FROM iotstream_epochs WHERE log = $1 AND topology = $2 AND step = $3 FOR UPDATE");
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long last ? last : 0;
        }
    }

    /// <summary>Writes down, inside a transaction, that an epoch is applied.</summary>
    /// <returns>False if that, or a later one, was so already.</returns>
    public async Task<bool> AdvanceAsync(NpgsqlConnection connection, long epoch, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = Command(
            connection,
            """
            INSERT INTO iotstream_epochs AS kept (log, topology, step, epoch) VALUES ($1, $2, $3, $4)
            ON CONFLICT (log, topology, step) DO UPDATE SET epoch = EXCLUDED.epoch, applied = now() WHERE kept.epoch < EXCLUDED.epoch
            """);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = epoch });
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;
        }
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid> { TypedValue = log },
            new NpgsqlParameter<string> { TypedValue = topology },
            new NpgsqlParameter<string> { TypedValue = step },
        },
    };
}
