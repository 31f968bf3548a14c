using System.Text;

namespace IoTStream.Storage.Parquet;

/// <summary>The columns of rows in the epoch log and of a file.</summary>
internal sealed class RowSchema((string Name, StoredType Type)[] columns)
{
    public IReadOnlyList<(string Name, StoredType Type)> Columns => columns;

    /// <summary>What <c>CREATE TABLE</c> takes between its parentheses.</summary>
    public string Definition => string.Join(", ", columns.Select(static column => $"{SqlText.Name(column.Name)} {column.Type.Sql}"));

    /// <summary>Names and types, with a character of code 0 behind each.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Concat(columns.Select(static column => $"{column.Name}\0{column.Type.Sql}\0")));

    public static RowSchema Parse(ReadOnlySpan<byte> bytes)
    {
        string[] parts = Encoding.UTF8.GetString(bytes).Split('\0');
        return new RowSchema([.. Enumerable.Range(0, parts.Length / 2).Select(column => (parts[2 * column], StoredType.Named(parts[(2 * column) + 1])))]);
    }
}
