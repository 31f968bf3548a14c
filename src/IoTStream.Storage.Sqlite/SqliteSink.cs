using IoTStream.Connectors;

namespace IoTStream.Storage.Sqlite;

/// <summary>Sinks that write rows into tables of SQLite, as an edge device keeps them.</summary>
public static class SqliteSink
{
    /// <summary>Writes a row for each record: with an epoch log, exactly once.</summary>
    /// <remarks>
    /// <para>
    /// The rows of an epoch and its number are written in one transaction, which is synced to the disk; the numbers are kept in a table <c>iotstream_epochs</c>, which is
    /// created beside. If there are key columns, a row replaces the other columns of the one that has the same key; the table needs a unique index on just these
    /// columns. Else rows are added.
    /// </para>
    /// <para>Without an epoch log, each batch of records is a transaction: with keys, a row that comes twice does no harm.</para>
    /// <para>
    /// One transaction at a time writes to a database: another is waited for as long as the connection string's <c>Default Timeout</c> says, 30 seconds if it says nothing.
    /// A row that the database does not take fails the job. The table is not created; the job does not start if it or a column is missing.
    /// </para>
    /// </remarks>
    /// <param name="connectionString">Where the database is, as Microsoft.Data.Sqlite has it: <c>Data Source=readings.db</c>.</param>
    /// <param name="table">The name of the table.</param>
    /// <param name="columns">Adds the columns: <c>row => row.Key("machine", r => r.Machine).Column("celsius", r => r.Celsius)</c>.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The connection string or the table is empty, or there are no columns, or two of the same name.</exception>
    public static ISink<T> To<T>(string connectionString, string table, Func<SqliteColumns<T>, SqliteColumns<T>> columns)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        ArgumentNullException.ThrowIfNull(columns);
        SqliteColumns<T> row = columns(new SqliteColumns<T>());
        return row.Count > 0
            ? new TableSink<T>(new Table(connectionString, table, [.. row.Keys]), row)
            : throw new ArgumentException("Add at least one column.", nameof(columns));
    }
}
