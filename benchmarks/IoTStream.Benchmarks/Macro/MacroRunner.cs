using System.Diagnostics;
using System.Text.Json;

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

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

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

        List<Measurement> measurements = [];
        foreach (Workload workload in Workloads.Where(workload => options.Only is null || options.Only.Contains(workload.Name)))
        {
            Console.WriteLine($"{workload.Name}: {workload.Description}; {options.Events:N0} events");
            measurements.AddRange(await MeasureAsync(workload, options.Events));
        }

        if (measurements.Count == 0)
        {
            await Console.Error.WriteLineAsync($"No workload was selected; there are {string.Join(", ", Workloads.Select(workload => workload.Name))}.");
            return 2;
        }

        var report = Report.Of(measurements, Workloads);
        foreach (Ratio ratio in report.Ratios)
        {
            Console.WriteLine(ratio);
        }

        if (options.JsonPath is not null)
        {
            await File.WriteAllTextAsync(options.JsonPath, JsonSerializer.Serialize(report, Json));
        }

        return 0;
    }

    private static async Task<List<Measurement>> MeasureAsync(Workload workload, int events)
    {
        List<Measurement> measurements = [];
        Outcome? expected = null;
        IReadOnlyList<Variant> halves = workload.Prepare(events / 2);
        foreach (Variant variant in workload.Prepare(events))
        {
            Func<Task>? halfAsync = variant.IsOurs ? halves.First(half => half.Name == variant.Name).RunAsync : null;
            (Measurement measurement, Outcome outcome) = await MeasureAsync(workload.Name, variant, variant.Part ?? events, halfAsync);
            expected ??= outcome;
            Outcome comparable = variant.ExpectedAsync is null ? expected.Value : await variant.ExpectedAsync();
            if (!outcome.Agrees(comparable))
            {
                throw new InvalidOperationException($"{workload.Name}: {variant.Name} computed {outcome}, others computed {comparable}.");
            }

            measurements.Add(measurement);
            Console.WriteLine(
                $"  {measurement.Variant,-12} {measurement.EventsPerSecond / 1e6,8:F1} M events/s " +
                $"({measurement.MinEventsPerSecond / 1e6:F1} to {measurement.MaxEventsPerSecond / 1e6:F1}), " +
                $"{measurement.ProcessorNanosecondsPerEvent:F2} ns of processor time, " +
                $"{measurement.BytesPerEvent:F3} bytes an event{(measurement.SteadyBytesPerEvent is { } steady ? $", {steady:F3} of the second half" : "")}; {measurement.Results:N0} results; " +
                $"ours is {measurements[0].EventsPerSecond / measurement.EventsPerSecond:F2} times as fast");
        }

        return measurements;
    }

    private static async Task<(Measurement Measurement, Outcome Outcome)> MeasureAsync(string workload, Variant variant, int events, Func<Task>? halfAsync)
    {
        (int warmUps, int runs) = variant.Part is null ? (3, 5) : (1, 3);
        List<double> rates = [];
        List<double> allocations = [];
        List<double> processorTimes = [];
        Outcome outcome = default;
        for (int run = -warmUps; run < runs; run++)
        {
            long allocated = CollectAndCount();
            TimeSpan processorTime = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            outcome = await variant.RunAsync();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            processorTime = Environment.CpuUsage.TotalTime - processorTime;
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            if (run >= 0)
            {
                rates.Add(events / elapsed.TotalSeconds);
                allocations.Add(allocated);
                processorTimes.Add(processorTime.TotalNanoseconds / events);
            }
        }

        rates.Sort();
        allocations.Sort();
        processorTimes.Sort();
        int median = runs / 2;
        double? steady = null;
        if (halfAsync is not null)
        {
            long allocated = CollectAndCount();
            await halfAsync();
            steady = (allocations[median] - (GC.GetTotalAllocatedBytes(precise: true) - allocated)) / (events - (events / 2));
        }

        return (
            new Measurement(workload, variant.Name, rates[median], rates[0], rates[^1], processorTimes[median], allocations[median] / events, steady, outcome.Results),
            outcome);
    }

    /// <returns>How many bytes have been allocated so far.</returns>
    private static long CollectAndCount()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalAllocatedBytes(precise: true);
    }
}
