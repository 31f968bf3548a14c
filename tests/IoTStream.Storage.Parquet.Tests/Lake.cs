using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet.Tests;

/// <summary>A lake in a folder of its own, read with SQL as anybody would.</summary>
internal sealed class Lake : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("iotstream-lake-");

    public string Path => _directory.FullName;

    public string[] Unfinished => Directory.GetFiles(Path, "*.part", SearchOption.AllDirectories);

    public string[] Files(string table) => !Directory.Exists(System.IO.Path.Combine(Path, table))
        ? []
        : [.. Directory.GetFiles(System.IO.Path.Combine(Path, table), "*", SearchOption.AllDirectories).Select(file => System.IO.Path.GetRelativePath(System.IO.Path.Combine(Path, table), file)).Order(StringComparer.Ordinal)];

    /// <summary>The files of a table as SQL has them.</summary>
    public string Table(string table, string options = "") => $"read_parquet('{Path}/{table}/**/*.parquet', hive_partitioning = true{options})";

    public List<TRow> Query<TRow>(string sql, Func<DuckDBDataReader, TRow> read)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        List<TRow> rows = [];
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
