using Microsoft.Data.Sqlite;

namespace IoTStream.Storage.Sqlite;

/// <summary>The table that says which epoch of a log a sink has applied last.</summary>
internal sealed class EpochTable(Guid log, string topology, string step)
{
    /// <summary>Creates it if it is not there.</summary>
    public static void Create(SqliteConnection connection) => Table.Execute(
        connection,
        """
        CREATE TABLE IF NOT EXISTS iotstream_epochs (
            log TEXT, topology TEXT, step TEXT, epoch INTEGER NOT NULL, PRIMARY KEY (log, topology, step)) WITHOUT ROWID
        """);

    /// <summary>The last epoch.</summary>
    /// <returns>0 if there was none.</returns>
    public long FindLast(SqliteConnection connection)
    {
        using SqliteCommand command = Command(connection, "SELECT epoch FROM iotstream_epochs WHERE log = $log AND topology = $topology AND step = $step");
        return command.ExecuteScalar() is long last ? last : 0;
    }

    /// <summary>Writes down, inside a transaction, that an epoch is applied.</summary>
    /// <returns>False if that, or a later one, was so already.</returns>
    public bool Advance(SqliteConnection connection, long epoch)
    {
        using SqliteCommand command = Command(
            connection,
            """
            INSERT INTO iotstream_epochs (log, topology, step, epoch) VALUES ($log, $topology, $step, $epoch)
            ON CONFLICT (log, topology, step) DO UPDATE SET epoch = excluded.epoch WHERE epoch < excluded.epoch
            """);
        command.Parameters.AddWithValue("$epoch", epoch);
        return command.ExecuteNonQuery() == 1;
    }

    private SqliteCommand Command(SqliteConnection connection, string sql)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$log", log.ToString());
        command.Parameters.AddWithValue("$topology", topology);
        command.Parameters.AddWithValue("$step", step);
        return command;
    }
}
