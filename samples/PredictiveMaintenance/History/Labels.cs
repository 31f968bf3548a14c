using System.Globalization;
using System.Text.Json;

namespace PredictiveMaintenance.History;

/// <summary>The stretches of a series in which people have found something wrong.</summary>
internal static class Labels
{
    private const string FileName = "label_windows.json";

    /// <summary>Reads what <c>label_windows.json</c> beside a series says of it.</summary>
    /// <returns>None if there is no such file, or nothing in it.</returns>
    public static IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Find(string series)
    {
        string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(series))!, FileName);
        if (!File.Exists(path))
        {
            return [];
        }

        using JsonDocument labels = JsonDocument.Parse(File.ReadAllText(path));
        return
        [
            .. labels.RootElement.EnumerateObject()
                .Where(entry => Path.GetFileName(entry.Name) == Path.GetFileName(series))
                .SelectMany(static entry => entry.Value.EnumerateArray())
                .Select(static window => (Instant(window[0]), Instant(window[1]))),
        ];
    }

    private static DateTimeOffset Instant(JsonElement text) => DateTimeOffset.Parse(text.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
