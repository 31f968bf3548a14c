using System.Diagnostics;
using System.Text.Json;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Runs whole pipelines beside hand-written loops and other libraries over the same events, in the same process.</summary>
internal static class MacroRunner
{
    private const int WarmUps = 3;
    private const int Runs = 5;

    private static readonly Workload[] Workloads = [FilterAndMap.Workload, TumblingWindows.Workload];

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

        if (options.JsonPath is not null)
        {
            await File.WriteAllTextAsync(options.JsonPath, JsonSerializer.Serialize(measurements, Json));
        }

        return 0;
    }

    private static async Task<List<Measurement>> MeasureAsync(Workload workload, int count)
    {
        Event[] events = workload.Generate(count);
        List<Measurement> measurements = [];
        Outcome? expected = null;
        foreach (Variant variant in workload.Variants)
        {
            (Measurement measurement, Outcome outcome, double cpu) = await MeasureAsync(workload, variant, events);
            expected ??= outcome;
            if (!outcome.Agrees(expected.Value))
            {
                throw new InvalidOperationException(
                    $"{workload.Name}: {variant.Name} computed {outcome}, {workload.Variants[0].Name} computed {expected}.");
            }

            measurements.Add(measurement);
            Console.WriteLine(
                $"  {measurement.Variant,-10} {measurement.EventsPerSecond / 1e6,8:F1} M events/s " +
                $"({measurement.MinEventsPerSecond / 1e6:F1} to {measurement.MaxEventsPerSecond / 1e6:F1}), {cpu:F2} ns of processor time, " +
                $"{measurement.BytesPerEvent:F3} bytes an event; {measurement.Results:N0} results; " +
                $"ours is {measurements[0].EventsPerSecond / measurement.EventsPerSecond:F2} times as fast");
        }

        return measurements;
    }

    private static async Task<(Measurement Measurement, Outcome Outcome, double CpuNanoseconds)> MeasureAsync(Workload workload, Variant variant, Event[] events)
    {
        List<double> rates = [];
        List<double> allocations = [];
        List<double> processorTimes = [];
        Outcome outcome = default;
        for (int run = -WarmUps; run < Runs; run++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan processorTime = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            outcome = await variant.RunAsync(events);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            processorTime = Environment.CpuUsage.TotalTime - processorTime;
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            if (run >= 0)
            {
                rates.Add(events.Length / elapsed.TotalSeconds);
                allocations.Add(allocated / (double)events.Length);
                processorTimes.Add(processorTime.TotalNanoseconds / events.Length);
            }
        }

        rates.Sort();
        allocations.Sort();
        processorTimes.Sort();
        var measurement = new Measurement(
            workload.Name, variant.Name, rates[Runs / 2], rates[0], rates[^1], allocations[Runs / 2], outcome.Results);
        return (measurement, outcome, processorTimes[Runs / 2]);
    }
}
