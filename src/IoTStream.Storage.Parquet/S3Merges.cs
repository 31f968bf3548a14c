using System.Text.Json;
using System.Text.Json.Serialization;

namespace IoTStream.Storage.Parquet;

/// <summary>What the one object says that decides which merged files of a table count. It is replaced in one step.</summary>
/// <param name="Run">The last compaction.</param>
/// <param name="Counts">Whether its files count; until then those that they are to replace do.</param>
/// <param name="Replaced">The keys of the files that they replace, which may be there still.</param>
/// <param name="Discarded">Compactions that have been given up: files of theirs never count, even if a request is carried out late.</param>
internal sealed record S3Merges(string Run, bool Counts, IReadOnlyList<string> Replaced, IReadOnlyList<string> Discarded)
{
    public static S3Merges None { get; } = new("", Counts: true, [], []);

    /// <exception cref="InvalidDataException">It is none.</exception>
    public static S3Merges Parse(byte[] json, string key)
    {
        try
        {
            return JsonSerializer.Deserialize(json, S3MergesJson.Default.S3Merges) ?? throw new InvalidDataException($"The object '{key}' has to say which merged files count, and says nothing.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The object '{key}' has to say which merged files count, and cannot be read.", exception);
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, S3MergesJson.Default.S3Merges);

    /// <summary>Whether files of a compaction never count.</summary>
    public bool IsDiscarded(string run) => Discarded.Contains(run, StringComparer.Ordinal);

    /// <summary>Which files count.</summary>
    public Func<string, bool> Filter()
    {
        HashSet<string> replaced = new(Replaced, StringComparer.Ordinal);
        return key => !replaced.Contains(key)
            && (S3Keys.RunOf(key) is not { } run || (!IsDiscarded(run) && (Counts || !string.Equals(run, Run, StringComparison.Ordinal))));
    }
}

/// <summary>Serialization without reflection.</summary>
[JsonSerializable(typeof(S3Merges))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class S3MergesJson : JsonSerializerContext;
