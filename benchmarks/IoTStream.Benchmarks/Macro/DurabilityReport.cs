using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Macro;

/// <summary>
/// What durability means for a user who waits: how long a record takes until its effect is visible exactly once, how long the lanes pause while the snapshot of much
/// state is rolling, and how long a job with much state takes to start again.
/// </summary>
internal static class DurabilityReport
{
    private const int Seconds = 20;
    private const int WarmUpSeconds = 5;

    public static async Task RunAsync()
    {
        await LatencyAsync();
        await StateAsync(1_000_000);
        await StateAsync(10_000_000);
    }

    private static async Task LatencyAsync()
    {
        const int RecordsPerSecond = 10_000;
        string directory = Directory.CreateTempSubdirectory("iotstream-durability-").FullName;
        try
        {
            var sink = new AppliedLatencySink<Reading>(static reading => reading.ReadAt, WarmUpSeconds * RecordsPerSecond);
            var builder = new TopologyBuilder("latency");
            Totals(builder, RecordsPerSecond, (Seconds + WarmUpSeconds) * RecordsPerSecond, keys: 1000).To("sink", sink);
            var options = new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory), EpochInterval = TimeSpan.FromMilliseconds(20) };
            await using Job job = await builder.Build().StartAsync(options);
            await job.Completion;
            Console.WriteLine(
                $"exactly once, {RecordsPerSecond:N0} events/s, an epoch every 20 ms: p50 {sink.Percentile(50) / 1000:F1} ms, p99 {sink.Percentile(99) / 1000:F1} ms, " +
                $"p99.9 {sink.Percentile(99.9) / 1000:F1} ms, most {sink.Percentile(100) / 1000:F1} ms, of {sink.Count:N0} records in {job.Program.Session!.LastEpoch:N0} epochs");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task StateAsync(int keys)
    {
        const int RecordsPerSecond = 100_000;
        string directory = Directory.CreateTempSubdirectory("iotstream-durability-").FullName;
        try
        {
            // First all keys at full speed, then some of them at a rate.
            await FillAsync(directory, keys);
            var options = new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory), DropState = ["readings", "all"] };
            var sink = new LatencySink<Reading>(static reading => reading.ReadAt, WarmUpSeconds * RecordsPerSecond);
            var builder = new TopologyBuilder("state");
            Totals(builder, RecordsPerSecond, (Seconds + WarmUpSeconds) * RecordsPerSecond, keys).To("sink", sink);
            long bytes = Directory.GetFiles(directory, "*.log").Sum(static file => new FileInfo(file).Length);
            long start = Stopwatch.GetTimestamp();
            await using Job job = await builder.Build().StartAsync(options);
            TimeSpan recovery = Stopwatch.GetElapsedTime(start);
            await job.Completion;
            Console.WriteLine(
                $"{keys,12:N0} keys: started again in {recovery.TotalMilliseconds:N0} ms from a log of {bytes / 1048576.0:F1} MiB; then, at {RecordsPerSecond:N0} events/s with an epoch a " +
                $"second, records took p50 {sink.Percentile(50):F0} µs, p99 {sink.Percentile(99) / 1000:F1} ms, p99.9 {sink.Percentile(99.9) / 1000:F1} ms, most {sink.Percentile(100) / 1000:F1} ms; " +
                $"{job.Program.Session!.CommittedBytes / (job.Program.Session.LastEpoch * 1048576.0):F2} MiB an epoch");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task FillAsync(string directory, int keys)
    {
        var builder = new TopologyBuilder("state");
        builder.From("all", new RepeatedEvents([.. Enumerable.Range(0, keys).Select(static key => new Event { DeviceId = key, TimestampMs = key })], keys))
            .KeyBy(static e => e.DeviceId)
            .Process<double, Reading>("total", static () => 0, static (ref total, e, _) => total += e.Value)
            .To("sink", new LatencySink<Reading>(static reading => reading.ReadAt, long.MaxValue));
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory) });
        await job.Completion;
    }

    private static DataStream<Reading> Totals(TopologyBuilder builder, int recordsPerSecond, long count, int keys) => builder
        .From("readings", Generator.AtRate(
            recordsPerSecond, number => new Reading((int)((ulong)number * 0x9E3779B97F4A7C15UL % (ulong)keys), number, Stopwatch.GetTimestamp()), count))
        .KeyBy(static reading => reading.DeviceId)
        .Process<double, Reading>("total", static () => 0, static (ref total, reading, context) =>
        {
            total += reading.Value;
            context.Emit(reading);
        });

    private readonly record struct Reading(int DeviceId, double Value, long ReadAt);
}
