using System.Data.Common;
using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet;

/// <summary>The rows of a table, day by day, in the order of a time.</summary>
internal sealed class LakeRows<T>(ILakeTable table, TimeRange range, Func<DbDataReader, T> record, string date) : IAsyncEnumerable<T>
{
    private const int ChunkSize = 1024;

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (string day in (await table.ListAsync(cancellationToken).ConfigureAwait(false)).Select(DayOf).Distinct(StringComparer.Ordinal).Where(range.MayHave).Order(StringComparer.Ordinal))
        {
            // Listed anew, since files of later days may have been merged while earlier ones were read.
            string[] files = [.. (await table.ListAsync(cancellationToken).ConfigureAwait(false)).Where(file => string.Equals(DayOf(file), day, StringComparison.Ordinal))];
            using LocalFiles local = await table.FetchAsync(files, cancellationToken).ConfigureAwait(false);
            using DuckDBCommand command = connection.CreateCommand();
            command.UseStreamingMode = true;
            command.CommandText =
                $"SELECT * FROM read_parquet([{string.Join(", ", local.Paths.Select(SqlText.Literal))}], hive_partitioning = true, hive_types_autocast = false, union_by_name = true) "
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

    /// <summary>The day of a file; empty if the table has no such level of folders.</summary>
    private string DayOf(string file)
    {
        string level = $"{date}=";
        return Array.FindLast(file.Split('/', Path.DirectorySeparatorChar), part => part.StartsWith(level, StringComparison.Ordinal))?[level.Length..] ?? "";
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
