using System.Buffers;

namespace IoTStream.Storage.Parquet;

/// <summary>Names as parts of names of files and folders.</summary>
internal static class FolderName
{
    /// <summary>The characters that mean nothing to any file system or reader.</summary>
    public static SearchValues<char> Plain { get; } = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>The name as in a URL, and without dots, which are to divide names.</summary>
    public static string Escape(string name) => Uri.EscapeDataString(name).Replace(".", "%2E", StringComparison.Ordinal);

    /// <exception cref="ArgumentException">It is not the name of a folder that readers would look into.</exception>
    public static void CheckTable(string table)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        if (table.AsSpan().ContainsAnyExcept(Plain))
        {
            throw new ArgumentException($"'{table}' cannot be the name of a table: keep to letters of ASCII, digits, '-' and '_'.", nameof(table));
        }
    }
}
