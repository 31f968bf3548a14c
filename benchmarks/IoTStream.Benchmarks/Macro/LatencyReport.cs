using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>How long a record takes from the source to the sink, at 100,000 a second on one lane.</summary>
internal static class LatencyReport
{
    private const int RecordsPerSecond = 100_000;
    private const int Seconds = 20;
    private const int WarmUpSeconds = 5;
    private const int Devices = 1000;

    public static async Task RunAsync()
    {
        Console.WriteLine($"Latency from source to sink, {RecordsPerSecond:N0} events/s for {Seconds} s after {WarmUpSeconds} s, one lane, in microseconds");
        await RunAsync("Where, Select", static stream => stream.Where(reading => reading.Value >= 0).Select(reading => reading));
        await RunAsync("KeyBy, a function with state", static stream => stream
            .WithEventTime(reading => reading.TimestampMs, Watermarks.Monotonous())
            .KeyBy(reading => reading.DeviceId)
            .Process<double, Reading>("total", () => 0, (ref total, reading, context) =>
            {
                total += reading.Value;
                context.Emit(reading);
            }));
    }

    private static async Task RunAsync(string name, Func<DataStream<Reading>, DataStream<Reading>> describe)
    {
        var sink = new LatencySink<Reading>(reading => reading.ReadAt, WarmUpSeconds * RecordsPerSecond);
        var builder = new TopologyBuilder("latency");
        DataStream<Reading> stream = builder.From("readings", Generator.AtRate(
            RecordsPerSecond,
            number => new Reading((int)(number % Devices), number / (RecordsPerSecond / 1000), number, Stopwatch.GetTimestamp()),
            (Seconds + WarmUpSeconds) * RecordsPerSecond));
        describe(stream).To("sink", sink);
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        Console.WriteLine(
            $"  {name,-30} p50 {sink.Percentile(50),8:F1}   p99 {sink.Percentile(99),8:F1}   p99.9 {sink.Percentile(99.9),8:F1}   " +
            $"most {sink.Percentile(100),8:F1}   of {sink.Count:N0}");
    }

    private readonly record struct Reading(int DeviceId, long TimestampMs, double Value, long ReadAt);
}
