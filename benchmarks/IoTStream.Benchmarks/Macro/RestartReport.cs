using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Macro;

/// <summary>
/// How long a job takes to start again with the state of many keys: the log is opened, checked and replayed into the tables of the steps. Compared with merely reading
/// the files, from the system's cache and from the disk.
/// </summary>
internal static class RestartReport
{
    private const int Repetitions = 3;

    public static async Task RunAsync()
    {
        foreach (int keys in (int[])[1_000_000, 10_000_000])
        {
            foreach (int lanes in (int[])[1, 2])
            {
                await RunAsync(keys, lanes);
            }
        }
    }

    private static async Task RunAsync(int keys, int lanes)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-restart-").FullName;
        try
        {
            Event[] events = [.. Enumerable.Range(0, keys).Select(static key => new Event { DeviceId = key, TimestampMs = key })];
            await StartAsync(directory, events, lanes);
            var files = new LogFiles(directory);
            Console.WriteLine($"{keys,12:N0} keys on {lanes} lanes: {files.Bytes / 1048576.0:F1} MiB");
            await CompareAsync("from the cache", static () => { }, files, () => StartAsync(directory, events, lanes));
            await CompareAsync("from the disk", files.Forget, files, () => StartAsync(directory, events, lanes));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task CompareAsync(string name, Action prepare, LogFiles files, Func<Task<TimeSpan>> startAsync)
    {
        List<TimeSpan> reading = [];
        List<TimeSpan> starting = [];
        for (int i = 0; i < Repetitions; i++)
        {
            prepare();
            long start = Stopwatch.GetTimestamp();
            files.Read();
            reading.Add(Stopwatch.GetElapsedTime(start));
            prepare();
            starting.Add(await startAsync());
        }

        Console.WriteLine(
            $"  {name}: read in {Milliseconds(reading)} ms; started again in {Milliseconds(starting)} ms: {files.Bytes / starting.Min().TotalSeconds / 1e9:F2} GB/s, " +
            $"{reading.Min() / starting.Min():F2} of the speed of reading");
    }

    private static string Milliseconds(List<TimeSpan> times) => string.Join(", ", times.Select(static time => $"{time.TotalMilliseconds:N0}"));

    private static async Task<TimeSpan> StartAsync(string directory, Event[] events, int lanes)
    {
        var builder = new TopologyBuilder("restart");
        builder.From("events", new RepeatedEvents(events, events.Length))
            .KeyBy(static e => e.DeviceId)
            .Process<double, Event>("total", static () => 0, static (ref total, e, _) => total += e.Value)
            .To("sink", new ResultSink<Event>(static _ => 0));
        var options = new JobOptions { Lanes = lanes, EpochLog = EpochLog.At(directory) };
        GC.Collect();
        long start = Stopwatch.GetTimestamp();
        await using Job job = await builder.Build().StartAsync(options);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        await job.Completion;
        return time;
    }
}
