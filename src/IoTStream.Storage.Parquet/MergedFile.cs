using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet;

/// <summary>Makes one file of several, with DuckDB.</summary>
internal static class MergedFile
{
    public static async Task WriteAsync(DuckDBConnection connection, IEnumerable<string> files, string merged, CompactionOptions options, CancellationToken cancellationToken)
    {
        using DuckDBCommand command = connection.CreateCommand();
        string order = options.OrderBy is { } column ? $" ORDER BY {SqlText.Name(column)}" : "";
        command.CommandText =
            $"COPY (SELECT * FROM read_parquet([{string.Join(", ", files.Select(SqlText.Literal))}], union_by_name = true, hive_partitioning = false){order}) "
            + $"TO {SqlText.Literal(merged)} (FORMAT parquet, COMPRESSION {options.Compression.ToSql()})";
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
