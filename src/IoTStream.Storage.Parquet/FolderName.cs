using System.Buffers;
using System.Text;

namespace IoTStream.Storage.Parquet;

/// <summary>Names as parts of names of files and folders.</summary>
internal static class FolderName
{
    /// <summary>The characters that mean nothing to any file system or reader.</summary>
    public static SearchValues<char> Plain { get; } = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>The name with everything but plain characters as a per cent sign and two digits for each byte of its UTF-8, so that different names stay different.</summary>
    public static string Escape(string name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (rune.IsBmp && Plain.Contains((char)rune.Value))
            {
                escaped.Append((char)rune.Value);
                continue;
            }

            Span<byte> utf8 = stackalloc byte[4];
            foreach (byte one in utf8[..rune.EncodeToUtf8(utf8)])
            {
                escaped.Append('%').Append(Convert.ToHexString([one]));
            }
        }

        return escaped.ToString();
    }

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
