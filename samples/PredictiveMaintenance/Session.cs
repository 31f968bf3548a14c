using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PredictiveMaintenance.Accounting;
using PredictiveMaintenance.History;
using PredictiveMaintenance.Simulation;

namespace PredictiveMaintenance;

/// <summary>A run as the program does it: both processes, machines that report to one of them, the link that is cut and the gateway that is killed, and the accounts.</summary>
internal static class Session
{
    public const int Balanced = 0;
    public const int Failed = 1;

    private static readonly TimeSpan Down = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Begin = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(MaintenanceOptions options, TextWriter output, TextWriter error, CancellationToken stopping)
    {
        try
        {
            if (options.Replay is { } series)
            {
                ReplaySummary replayed = await Replay.RunAsync(series, stopping);
                replayed.Write(output);
                await WriteAsync(options, replayed, MaintenanceJson.Default.ReplaySummary, stopping);
                return Balanced;
            }

            Summary summary = await RunPlantAsync(options, options.Ui ? output : TextWriter.Null, error, stopping);
            summary.Write(output);
            await WriteAsync(options, summary, MaintenanceJson.Default.Summary, stopping);
            return summary.IsBalanced ? Balanced : Failed;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException or OperationCanceledException)
        {
            await error.WriteLineAsync(e.Message);
            return Failed;
        }
    }

    private static async Task<Summary> RunPlantAsync(MaintenanceOptions options, TextWriter output, TextWriter error, CancellationToken stopping)
    {
        var edgeFolder = new Folder(Path.GetFullPath(options.Output.Of("edge")));
        var cloudFolder = new Folder(Path.GetFullPath(options.Output.Of("cloud")));
        foreach (Folder folder in (Folder[])[edgeFolder, cloudFolder])
        {
            if (Directory.Exists(folder.Path))
            {
                Directory.Delete(folder.Path, recursive: true);
            }

            Directory.CreateDirectory(folder.Path);
        }

        (int mqtt, int coap, int up) = (FreePort.Tcp(), FreePort.Udp(), FreePort.Tcp());
        string hour = options.Hour.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        string[] cloudArguments = ["--output", cloudFolder.Path, "--hour", hour, "--mqtt-port", $"{up}", .. options.PostgreSql is { } database ? ["--postgresql", database] : Array.Empty<string>()];
        await using ChildProcess cloud = await ChildProcess.StartAsync("cloud", cloudArguments, output, error, stopping);
        await using var link = new Link(up);
        string[] edgeArguments = ["--output", edgeFolder.Path, "--hour", hour, "--mqtt-port", $"{mqtt}", "--coap-port", $"{coap}", "--uplink-port", $"{link.Port}"];
        ChildProcess edge = await ChildProcess.StartAsync("edge", edgeArguments, output, error, stopping);
        try
        {
            Scenario scenario = Scenario.Of(options.Machines, DateTimeOffset.UtcNow + Begin, options.Duration, seed: 1);
            var plant = new Plant(scenario, mqtt, coap, options.Hour);
            Task machines = plant.RunAsync(stopping);
            await UntilAsync(scenario.LinkCut, machines, stopping);
            await output.WriteLineAsync("The link is cut.");
            link.Cut();
            await UntilAsync(scenario.EdgeKilled, machines, stopping);
            await output.WriteLineAsync("The gateway is killed.");
            await edge.KillAsync();
            await edge.DisposeAsync();
            await Task.Delay(Down, stopping);
            edge = await ChildProcess.StartAsync("edge", edgeArguments, output, error, stopping);
            await UntilAsync(scenario.LinkBack, machines, stopping);
            await output.WriteLineAsync("The link is back.");
            link.Restore();
            await machines;

            // What waited for the link has to be through before the gateway ends its windows, and sends what they have.
            var audit = new Audit(edgeFolder, cloudFolder);
            await SettleAsync(audit, options.SettleTime, stopping);
            await EndAsync(edge, "edge", stopping);
            await SettleAsync(audit, options.SettleTime, stopping);
            await EndAsync(cloud, "cloud", stopping);
            return audit.Sum(scenario, plant, link);
        }
        finally
        {
            await edge.DisposeAsync();
        }
    }

    /// <summary>Waits for an instant; fails at once if the machines do.</summary>
    private static async Task UntilAsync(DateTimeOffset at, Task machines, CancellationToken stopping)
    {
        if (await Task.WhenAny(machines, Plant.WaitUntilAsync(at, stopping)) == machines)
        {
            await machines;
        }
    }

    private static async Task SettleAsync(Audit audit, TimeSpan most, CancellationToken stopping)
    {
        long start = Stopwatch.GetTimestamp();
        while (!audit.HasArrived && Stopwatch.GetElapsedTime(start) < most)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), stopping);
        }
    }

    private static async Task EndAsync(ChildProcess child, string name, CancellationToken stopping)
    {
        if (await child.StopAsync(stopping) is not 0 and var code)
        {
            throw new InvalidOperationException($"The {name} ended with exit code {code}.");
        }
    }

    private static async Task WriteAsync<T>(MaintenanceOptions options, T summary, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        if (options.Summary is { } file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(summary, type), cancellationToken);
        }
    }
}
