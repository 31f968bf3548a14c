using System.Data.Common;
using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet;

/// <summary>The rows of a table, day by day, in the order of a time.</summary>
internal sealed class LakeRows<T>(string lake, string table, TimeRange range, Func<DbDataReader, T> record, string date) : IAsyncEnumerable<T>
{
    private const int ChunkSize = 1024;

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (string day in (await ListAsync(cancellationToken).ConfigureAwait(false)).Select(DayOf).Distinct(StringComparer.Ordinal).Where(range.MayHave).Order(StringComparer.Ordinal))
        {
            // Listed anew, since files of later days may have been merged while earlier ones were read.
            string[] files = [.. (await ListAsync(cancellationToken).ConfigureAwait(false)).Where(file => string.Equals(DayOf(file), day, StringComparison.Ordinal))];
            using DuckDBCommand command = connection.CreateCommand();
            command.UseStreamingMode = true;
            command.CommandText =
                $"SELECT * FROM read_parquet([{string.Join(", ", files.Select(SqlText.Literal))}], hive_partitioning = true, hive_types_autocast = false, union_by_name = true) "
                + $"WHERE {range.Condition} ORDER BY {SqlText.Name(range.Column)}";

            // DuckDB blocks, and whoever enumerates may be a lane.
            using DbDataReader rows = await Task.Run(() => command.ExecuteReader(), cancellationToken).ConfigureAwait(false);
            while (await Task.Run(() => ReadChunk(rows), cancellationToken).ConfigureAwait(false) is { Count: > 0 } chunk)
            {
                foreach (T item in chunk)
                {
                    yield return item;
                }
            }
        }
    }

    private Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => ParquetLake.ListFilesAsync(lake, table, cancellationToken);

    /// <summary>The day of a file; empty if the table has no such level of folders.</summary>
    private string DayOf(string file)
    {
        string level = $"{Path.DirectorySeparatorChar}{date}=";
        int start = file.LastIndexOf(level, StringComparison.Ordinal);
        return start < 0 ? "" : file[(start + level.Length)..].Split(Path.DirectorySeparatorChar)[0];
    }

    private List<T> ReadChunk(DbDataReader rows)
    {
        List<T> chunk = new(ChunkSize);
        while (chunk.Count < ChunkSize && rows.Read())
        {
            chunk.Add(record(rows));
        }

        return chunk;
    }
}
