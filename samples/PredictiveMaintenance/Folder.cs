using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IoTStream.Connectors;

namespace PredictiveMaintenance;

/// <summary>A folder of files.</summary>
internal sealed record Folder(string Path)
{
    public string Of(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Lines of JSON in a folder within, a file for each epoch: each record exactly once.</summary>
    public ISink<T> Epochs<T>(string name, JsonTypeInfo<T> type) => JsonLines.WriteEpochs(Of(name), Json.Of(type));

    /// <summary>What <see cref="Epochs{T}"/> has written so far.</summary>
    public IReadOnlyList<T> Read<T>(string name, JsonTypeInfo<T> type) => Directory.Exists(Of(name))
        ? [.. Directory.EnumerateFiles(Of(name), "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines).Select(line => JsonSerializer.Deserialize(line, type)!)]
        : [];
}
