using System.Text.Json;
using SmartCity.Accounting;
using SmartCity.Traffic;

namespace SmartCity.Tests;

/// <summary>A run of the sample in this process, and what it left behind.</summary>
internal sealed class Run : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smart-city").FullName;

    /// <summary>A city that is small enough for a test, and has all that a large one has: closed windows, late readings, dead letters.</summary>
    public static CityOptions Small { get; } = new()
    {
        Sensors = 200,
        Connections = 4,
        Speedup = 600,
        Window = TimeSpan.FromMinutes(2),
        Duration = TimeSpan.FromSeconds(2),
        SettleTime = TimeSpan.FromSeconds(30),
    };

    public int ExitCode { get; private set; }

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    public Summary Summary => JsonSerializer.Deserialize(File.ReadAllText(SummaryFile), CityJson.Default.Summary)!;

    public IReadOnlyList<RoadWindow> Windows => [.. Lines("windows.jsonl").Select(line => JsonSerializer.Deserialize(line, CityJson.Default.RoadWindow)!)];

    private string SummaryFile => Path.Combine(_folder, "reports", "summary.json");

    public static async Task<Run> OfAsync(CityOptions options, CancellationToken stopping = default)
    {
        var run = new Run();
        await using StringWriter output = new(), error = new();
        run.ExitCode = await Session.RunAsync(
            options with { Output = new OutputFolder(Path.Combine(run._folder, "results")), Summary = run.SummaryFile }, output, error, stopping);
        (run.Output, run.Error) = (output.ToString(), error.ToString());
        return run;
    }

    public string Text(string file) => File.ReadAllText(Path.Combine(_folder, "results", file));

    public string[] Lines(string file) => File.ReadAllLines(Path.Combine(_folder, "results", file));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
