using System.Text.Json;

namespace IoTStream.Benchmarks.Macro;

/// <summary>What a run of the macro runner found.</summary>
internal sealed record Report(IReadOnlyList<Measurement> Measurements, IReadOnlyList<Ratio> Ratios)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>What several runs found, one after the other.</summary>
    public static Report Of(IReadOnlyCollection<Report> parts) =>
        new([.. parts.SelectMany(part => part.Measurements)], [.. parts.SelectMany(part => part.Ratios)]);

    public static async Task<Report> ReadAsync(string path) =>
        JsonSerializer.Deserialize<Report>(await File.ReadAllTextAsync(path), Json) ?? throw new InvalidDataException($"{path} holds no report.");

    public Task WriteAsync(string path) => File.WriteAllTextAsync(path, JsonSerializer.Serialize(this, Json));
}
