using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>How many bytes windows keep for a key, measured while all keys are alive.</summary>
internal static class MemoryReport
{
    public static async Task RunAsync()
    {
        Console.WriteLine("Managed memory of open windows, bytes a key and window, one lane");
        foreach (int keys in (int[])[10_000, 1_000_000, 10_000_000])
        {
            await RunAsync("tumbling, count + mean + max (W4)", keys, static keyed => keyed
                .Window(Tumbling.Of(TimeSpan.FromDays(1)), AllowedLateness.None)
                .Aggregate("windows", Aggregates.FromMergeable<Event, DeviceStatistics, DeviceStatistics, DeviceStatisticsAggregate>())
                .ForEach("none", static _ => { }));
            await RunAsync("sessions, count (W5)", keys, static keyed => keyed
                .Window(Sessions.WithGap(TimeSpan.FromDays(1)), AllowedLateness.None)
                .Aggregate("windows", Aggregates.Count<Event>())
                .ForEach("none", static _ => { }));
        }
    }

    private static async Task RunAsync(string name, int keys, Action<KeyedStream<int, Event>> describe)
    {
        // Starts on a stack of its own, on which nothing of the job before is left.
        await Task.Yield();
        var source = new HeldSource(keys, number => new Event { DeviceId = (int)number, TimestampMs = number / 1000, Value = 1 });
        var builder = new TopologyBuilder("memory");
        describe(builder.From("events", source).WithEventTime(e => e.TimestampMs, Watermarks.Monotonous()).KeyBy(e => e.DeviceId));
        Topology topology = builder.Build();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await source.Read;
        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"  {name,-36} {keys,12:N0} keys {kept / (double)keys,8:F1} bytes each, {kept / 1048576.0,8:F1} MiB");
        await job.StopAsync();
    }
}
