using System.Text.Json.Serialization.Metadata;
using IoTStream.Connectors;

namespace SmartCity;

/// <summary>The folder of result files. They are written anew in every run.</summary>
internal sealed record OutputFolder(string Path)
{
    private static readonly FileSinkOptions Anew = new() { Existing = ExistingFile.Replace };

    /// <summary>Git-ignored, beneath the folder in which the sample is started.</summary>
    public static OutputFolder Default { get; } = new(System.IO.Path.Combine("artifacts", "smart-city"));

    public ISink<T> File<T>(string name, JsonTypeInfo<T> type) =>
        JsonLines.Write(System.IO.Path.Combine(Path, name), Json.Of(type), Anew);
}
