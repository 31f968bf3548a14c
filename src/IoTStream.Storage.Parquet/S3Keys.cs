using System.Globalization;

namespace IoTStream.Storage.Parquet;

/// <summary>The keys of a table's objects.</summary>
/// <remarks>What is not a file of the table has keys that do not begin as those of the files do: whoever lists these does not come across it.</remarks>
internal sealed class S3Keys(string prefix, string table)
{
    private const string Hidden = ".iotstream";
    private const string Extension = ".parquet";
    private const string MergedMark = "merged.";

    private readonly string _lake = prefix.Length == 0 ? "" : $"{prefix}/";

    /// <summary>What the keys of all files begin with.</summary>
    public string Data => $"{_lake}{table}/";

    /// <summary>The object that says which merged files count.</summary>
    public string Merges => $"{_lake}{Hidden}/{table}/merges.json";

    /// <summary>What the keys of all marks of applied epochs begin with.</summary>
    public string Applied => $"{_lake}{Hidden}/{table}/applied/";

    public static bool IsFile(string key) => key.EndsWith(Extension, StringComparison.Ordinal);

    /// <summary>The folder of a file, with the slash at its end.</summary>
    public static string FolderOf(string key) => key[..(key.LastIndexOf('/') + 1)];

    public static string MergedFile(string folder, string run) => $"{folder}{MergedMark}{run}{Extension}";

    /// <summary>The compaction that wrote a file; null if none did.</summary>
    public static string? RunOf(string key) =>
        key[(key.LastIndexOf('/') + 1)..] is var name && name.StartsWith(MergedMark, StringComparison.Ordinal) && name.Length > MergedMark.Length + Extension.Length
            ? name[MergedMark.Length..^Extension.Length]
            : null;

    public string AppliedOf(string writer) => $"{Applied}{writer}/";

    public string Mark(string writer, long epoch) => string.Create(CultureInfo.InvariantCulture, $"{Applied}{writer}/{epoch:D10}");

    public string File(string folder, string writer, long epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"{Data}{(folder.Length == 0 ? "" : $"{folder}/")}{writer}.{epoch:D10}{Extension}");

    /// <summary>Who wrote a file or made a mark, and for which epoch; null if it is neither.</summary>
    public (string Writer, long Epoch)? WriterOf(string key)
    {
        bool isMark = key.StartsWith(Applied, StringComparison.Ordinal);
        string name = isMark ? key[Applied.Length..] : key[(key.LastIndexOf('/') + 1)..^Extension.Length];
        int end = name.LastIndexOf(isMark ? '/' : '.');
        return end > 0 && long.TryParse(name.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long epoch) ? (name[..end], epoch) : null;
    }
}
