using System.Text;
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
    /// <para>A row that the database does not take fails the job. The table is created if <see cref="PostgreSqlSinkOptions.Partitions"/> are wanted, with the types that <see cref="PostgreSqlColumns{T}"/> names for the values;
    /// else the job does not start if it or a column is missing.</para>
    /// </remarks>
    /// <param name="connectionString">Where the database is, as Npgsql has it: <c>Host=localhost;Database=plant;Username=writer</c>.</param>
    /// <param name="table">The name of the table, with its schema and a dot in front if that is not on the search path.</param>
    /// <param name="columns">Adds the columns: <c>row => row.Key("machine", r => r.Machine).Column("celsius", r => r.Celsius)</c>.</param>
    /// <param name="options">How rows are written.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The connection string or the table is empty, or there are no columns, or two of the same name, or there is no place for partitions in it.</exception>
    /// <exception cref="NotSupportedException">A column's type has a form that the database does not take.</exception>
    public static ISink<T> To<T>(
        string connectionString, string table, Func<PostgreSqlColumns<T>, PostgreSqlColumns<T>> columns, PostgreSqlSinkOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        ArgumentNullException.ThrowIfNull(columns);
        PostgreSqlColumns<T> row = columns(new PostgreSqlColumns<T>());
        if (row.Count == 0)
        {
            throw new ArgumentException("Add at least one column.", nameof(columns));
        }

        options ??= new PostgreSqlSinkOptions();
        Check(options.Partitions, table, row);
        return new TableSink<T>(connectionString, SqlName.OfTable(table), row, options);
    }

    private static void Check<T>(TimePartitions? partitions, string table, PostgreSqlColumns<T> row)
    {
        // The server cuts off names behind 63 bytes, and partitions have the date and time at their end.
        const int LongestName = 63 - 16;
        if (partitions is null)
        {
            return;
        }

        if (!row.Names.Contains(partitions.Column, StringComparer.Ordinal))
        {
            throw new ArgumentException($"TimePartitions.Column is '{partitions.Column}', which is none of the columns that are written: add it.", nameof(partitions));
        }

        if (row.Keys.Any() && !row.Keys.Contains(partitions.Column, StringComparer.Ordinal))
        {
            throw new ArgumentException(
                $"A table in pieces by '{partitions.Column}' can tell rows apart within a piece only, so its key has to have that column too: add it with Key instead of Column, or leave PostgreSqlSinkOptions.Partitions out.",
                nameof(partitions));
        }

        if (Encoding.UTF8.GetByteCount(table.Split('.')[^1]) > LongestName)
        {
            throw new ArgumentException($"The name '{table}' has no room for the times of partitions behind it: use {LongestName} bytes at most.", nameof(table));
        }
    }
}
