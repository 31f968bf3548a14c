using System.Diagnostics;
using System.Globalization;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Runs whole pipelines beside hand-written loops and other libraries over the same events, in the same process.</summary>
internal static class MacroRunner
{
    private static readonly Workload[] Workloads =
    [
        FilterAndMap.Workload,
        TumblingWindows.FewKeys,
        SlidingWindows.Mean,
        TumblingWindows.ManyKeys,
        TumblingWindows.Disordered,
        SlidingWindows.Max,
        SlidingWindows.Hour,
        SessionWindowing.Workload,
        IntervalJoins.Workload,
        ThreeStepPattern.Workload,
        SharedWindows.Workload,
    ];

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        MacroOptions options;
        try
        {
            options = MacroOptions.Parse(arguments);
        }
        catch (FormatException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 2;
        }

        Workload[] selected = [.. Workloads.Where(workload => options.Only is null || options.Only.Contains(workload.Name))];
        switch (selected.Length)
        {
            case 0:
                await Console.Error.WriteLineAsync($"No workload was selected; there are {string.Join(", ", Workloads.Select(workload => workload.Name))}.");
                return 2;
            case 1:
                await WriteAsync(await MeasureAsync(selected[0], options.Events), options.JsonPath);
                return 0;
            default:
                List<Report> reports = [];
                foreach (Workload workload in selected)
                {
                    reports.Add(await MeasureApartAsync(workload, options.Events));
                }

                await WriteAsync(Report.Of(reports), options.JsonPath);
                return 0;
        }
    }

    private static async Task<Report> MeasureAsync(Workload workload, int events)
    {
        Console.WriteLine($"{workload.Name}: {workload.Description}; {events:N0} events");
        Report report = await Rounds.MeasureAsync(workload, events);
        foreach (Measurement measurement in report.Measurements)
        {
            Console.WriteLine($"  {measurement}");
        }

        foreach (Ratio ratio in report.Ratios)
        {
            Console.WriteLine($"  {ratio}");
        }

        return report;
    }

    /// <summary>Measures in a process of its own, so that what is compiled for one workload, and with which profile, does not depend on those before it.</summary>
    private static async Task<Report> MeasureApartAsync(Workload workload, int events)
    {
        string path = Path.GetTempFileName();
        try
        {
            string program = Environment.ProcessPath!;
            string[] host = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
            string[] arguments = [.. host, "macro", "--only", workload.Name, "--events", events.ToString(CultureInfo.InvariantCulture), "--json", path];
            using Process process = Process.Start(program, arguments);
            await process.WaitForExitAsync();
            return process.ExitCode == 0
                ? await Report.ReadAsync(path)
                : throw new InvalidOperationException($"{workload.Name} ended with {process.ExitCode}.");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Task WriteAsync(Report report, string? path) => path is null ? Task.CompletedTask : report.WriteAsync(path);
}
