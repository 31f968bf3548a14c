using System.Buffers;
using Microsoft.Data.Sqlite;

namespace IoTStream.Storage.Sqlite;

/// <summary>A table of a database.</summary>
/// <param name="ConnectionString">Where the database is.</param>
/// <param name="Name">The name of the table.</param>
/// <param name="Keys">The columns by which rows replace each other; if there are none, rows are added.</param>
internal sealed record Table(string ConnectionString, string Name, IReadOnlyList<string> Keys)
{
    /// <summary>Opens a connection whose commits are on the disk when they return.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA synchronous = EXTRA");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sees to it that the table has the columns.</summary>
    public void Check(IEnumerable<string> columns)
    {
        using SqliteConnection connection = Open();

        // With the name of the table in front, for a column in quotes that is not there would be a text.
        string list = string.Join(", ", columns.Select(column => $"{Quoted(Name)}.{Quoted(column)}"));
        Execute(connection, $"SELECT {list} FROM {Quoted(Name)} LIMIT 0");
    }

    /// <summary>Writes rows inside a transaction.</summary>
    public void Write(SqliteConnection connection, IReadOnlyList<string> columns, ReadOnlySequence<byte> rows, CancellationToken cancellationToken)
    {
        using SqliteCommand command = connection.CreateCommand();
        string places = string.Join(", ", columns.Select(static (_, column) => $"?{column + 1}"));
        command.CommandText = $"INSERT INTO {Quoted(Name)} ({List(columns)}) VALUES ({places}){Conflict(columns)}";
        for (int column = 1; column <= columns.Count; column++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"?{column}" });
        }

        var reader = new SequenceReader<byte>(rows);
        while (!reader.End)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (SqliteParameter parameter in command.Parameters)
            {
                parameter.Value = StoredValue.Read(ref reader);
            }

            command.ExecuteNonQuery();
        }
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string List(IEnumerable<string> columns) => string.Join(", ", columns.Select(Quoted));

    private string Conflict(IReadOnlyList<string> columns)
    {
        if (Keys.Count == 0)
        {
            return "";
        }

        string[] others = [.. columns.Where(column => !Keys.Contains(column, StringComparer.Ordinal)).Select(Quoted)];
        return $" ON CONFLICT ({List(Keys)}) DO {(others.Length == 0 ? "NOTHING" : "UPDATE SET " + string.Join(", ", others.Select(static column => $"{column} = excluded.{column}")))}";
    }
}
