namespace IoTStream.Storage.PostgreSql;

/// <summary>Names in quotes, so that they mean what they say.</summary>
internal static class SqlName
{
    public static string Of(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A table, maybe with its schema.</summary>
    public static string OfTable(string table) => string.Join('.', table.Split('.').Select(Of));

    /// <summary>A text in quotes.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Of));
}
