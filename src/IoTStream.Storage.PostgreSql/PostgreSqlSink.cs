using IoTStream.Connectors;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Sinks that write rows into tables of PostgreSQL, and of what speaks its protocol, such as TimescaleDB.</summary>
public static class PostgreSqlSink
{
    /// <summary>Writes a row for each record: with an epoch log, exactly once.</summary>
    /// <remarks>
    /// <para>
    /// The rows of an epoch and its number are written in one transaction; the numbers are kept in a table <c>iotstream_epochs</c>, which is created beside. Rows go
    /// through <c>COPY</c>. If there are key columns, a row replaces the other columns of the one that has the same key; the table needs a unique index on
    /// just these columns. Else rows are added.
    /// </para>
    /// <para>Without an epoch log, rows are written when the buffer is full, when the input pauses and at the end: with keys, a row that comes twice does no harm.</para>
    /// <para>A row that the database does not take fails the job. The table is not created; the job does not start if it or a column is missing.</para>
    /// </remarks>
    /// <param name="connectionString">Where the database is, as Npgsql has it: <c>Host=localhost;Database=plant;Username=writer</c>.</param>
    /// <param name="table">The name of the table, with its schema and a dot in front if that is not on the search path.</param>
    /// <param name="columns">Adds the columns: <c>row => row.Key("machine", r => r.Machine).Column("celsius", r => r.Celsius)</c>.</param>
    /// <param name="options">How rows are written.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The connection string or the table is empty, or there are no columns, or two of the same name.</exception>
    /// <exception cref="NotSupportedException">A column's type has a form that the database does not take.</exception>
    public static ISink<T> To<T>(
        string connectionString, string table, Func<PostgreSqlColumns<T>, PostgreSqlColumns<T>> columns, PostgreSqlSinkOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        ArgumentNullException.ThrowIfNull(columns);
        PostgreSqlColumns<T> row = columns(new PostgreSqlColumns<T>());
        return row.Count > 0
            ? new TableSink<T>(connectionString, SqlName.OfTable(table), row, options ?? new PostgreSqlSinkOptions())
            : throw new ArgumentException("Add at least one column.", nameof(columns));
    }
}
