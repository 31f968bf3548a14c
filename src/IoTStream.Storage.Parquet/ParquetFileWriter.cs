using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet;

/// <summary>Writes files of rows with DuckDB, one at a time. Calls block. Not thread-safe.</summary>
internal sealed class ParquetFileWriter : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");
    private readonly string _compression;
    private string? _definition;

    public ParquetFileWriter(ParquetCompression compression)
    {
        _compression = compression.ToSql();
        _connection.Open();

        // A sink has one core's worth of work, and leaves the others to the lanes.
        Execute("SET threads = 1");
    }

    /// <summary>Writes a file. It is not synced.</summary>
    public void Write(FolderRows rows, string path)
    {
        if (!string.Equals(_definition, rows.Schema.Definition, StringComparison.Ordinal))
        {
            Execute($"CREATE OR REPLACE TABLE rows ({rows.Schema.Definition})");
            _definition = rows.Schema.Definition;
        }
        else
        {
            Execute("TRUNCATE rows");
        }

        using (DuckDBAppender appender = _connection.CreateAppender("rows"))
        {
            foreach (ReadOnlyMemory<byte> row in rows.Rows)
            {
                IDuckDBAppenderRow target = appender.CreateRow();
                ReadOnlySpan<byte> values = row.Span;
                foreach ((_, StoredType type) in rows.Schema.Columns)
                {
                    values = type.Read(values, target);
                }

                target.EndRow();
            }
        }

        Execute($"COPY rows TO {SqlText.Literal(path)} (FORMAT parquet, COMPRESSION {_compression})");
    }

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
