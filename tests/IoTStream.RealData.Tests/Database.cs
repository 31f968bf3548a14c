using System.Data.Common;
using DuckDB.NET.Data;

namespace IoTStream.RealData.Tests;

/// <summary>
/// Computes what is expected from the same files in SQL. The table <c>samples</c> has the columns <c>series</c>, <c>n</c> (the place of the
/// row in its file), <c>ts</c> and <c>value</c>.
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    public Database(params IEnumerable<Series> series)
    {
        _connection.Open();
        Execute("create table samples (series varchar, n bigint, ts timestamp, value double)");
        foreach (Series found in series)
        {
            Execute($$"""
                insert into samples
                select '{{found.Name}}', row_number() over (), "timestamp", value
                from read_csv('{{found.File.Replace("'", "''")}}', header = true, columns = {'timestamp': 'timestamp', 'value': 'double'})
                """);
        }
    }

    public IReadOnlyList<T> Query<T>(string sql, Func<DbDataReader, T> read)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        using DbDataReader reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
