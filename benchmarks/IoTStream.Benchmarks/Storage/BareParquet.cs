using DuckDB.NET.Data;

namespace IoTStream.Benchmarks.Storage;

/// <summary>Parquet as DuckDB's documentation has it written.</summary>
internal static class BareParquet
{
    public static void Write(Row[] rows, string path)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        Execute(connection, "CREATE TABLE rows (machine INTEGER, at TIMESTAMPTZ, value DOUBLE)");
        using (DuckDBAppender appender = connection.CreateAppender("rows"))
        {
            foreach (Row row in rows)
            {
                appender.CreateRow().AppendValue(row.Machine).AppendValue(row.At).AppendValue(row.Value).EndRow();
            }
        }

        Execute(connection, $"COPY rows TO '{path}' (FORMAT parquet)");

        // As durable as ours.
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    public static long Count(string folder)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM read_parquet('{folder}/**/*.parquet')";
        return (long)command.ExecuteScalar()!;
    }

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
