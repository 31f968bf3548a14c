using System.Diagnostics;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>
/// What epochs cost: whole pipelines without an epoch log, and with one on the disk of the directory for temporary files, an epoch every second and every fifty
/// milliseconds, in turn in the same process.
/// </summary>
internal static class EpochReport
{
    private const int Round = 10_000_000;
    private const int Repetitions = 3;

    private static readonly (string Name, string Description, long Events, Func<Event[]> Generate, Action<DataStream<Event>> Describe)[] Workloads =
    [
        ("W2", "1,000 keys, 10 s tumbling", 30 * Round, () => EventGenerator.Uniform(Round, devices: 1000), Tumble),
        ("W3", "1,000 keys, 60 s sliding by 1 s", 20 * Round, () => EventGenerator.Uniform(Round, devices: 1000), Slide),
        ("W4", "1,000,000 keys, 10 s tumbling", 10 * Round, () => EventGenerator.Uniform(Round, devices: 1_000_000), Tumble),
        ("W5", "sessions of 10,000 keys", 10 * Round, () => EventGenerator.Bursts(Round, 10_000, 200), Sessionise),
        ("W12", "running count, mean and last value of 1,000,000 keys", 2 * Round, () => EventGenerator.Uniform(Round, devices: 1_000_000), Run),
    ];

    public static async Task RunAsync(IReadOnlySet<string>? only)
    {
        foreach ((string name, string description, long events, Func<Event[]> generate, Action<DataStream<Event>> describe) in Workloads)
        {
            if (only is null || only.Contains(name))
            {
                Console.WriteLine($"{name}: {description}; {events:N0} events");
                await MeasureAsync(generate(), events, describe);
            }
        }
    }

    private static async Task MeasureAsync(Event[] events, long count, Action<DataStream<Event>> describe)
    {
        TimeSpan?[] intervals = [null, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50)];
        var runs = new List<EpochCost>[intervals.Length];
        for (int i = 0; i < intervals.Length; i++)
        {
            runs[i] = [];
        }

        await RunAsync(events, count / 4, describe, intervals[1]);
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            for (int i = 0; i < intervals.Length; i++)
            {
                runs[i].Add(await RunAsync(events, count, describe, intervals[i]));
            }
        }

        EpochCost without = Median(runs[0]);
        for (int i = 0; i < intervals.Length; i++)
        {
            EpochCost cost = Median(runs[i]);
            Console.WriteLine(
                $"  {(intervals[i] is { } interval ? $"every {interval.TotalMilliseconds:N0} ms" : "no log"),-15} {cost.EventsPerSecond / 1e6,7:F1} M events/s, " +
                $"{cost.EventsPerSecond / without.EventsPerSecond:F2} of the speed without; {cost.Epochs,4} epochs of {cost.BytesPerEpoch / 1048576.0,7:F2} MiB; log {cost.LogBytes / 1048576.0,8:F1} MiB");
        }
    }

    private static async Task<EpochCost> RunAsync(Event[] events, long count, Action<DataStream<Event>> describe, TimeSpan? interval)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-epochs-").FullName;
        try
        {
            var builder = new TopologyBuilder("epochs");
            describe(builder.From("events", new RepeatedEvents(events, count)).WithEventTime(e => e.TimestampMs, Watermarks.Monotonous()));
            var options = new JobOptions { Lanes = 1 };
            if (interval is { } every)
            {
                options = options with { EpochLog = EpochLog.At(directory), EpochInterval = every };
            }

            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            await using Job job = await builder.Build().StartAsync(options);
            await job.Completion;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            EpochSession? session = job.Program.Session;
            return new EpochCost(
                count / elapsed.TotalSeconds, session?.LastEpoch ?? 0, session is null ? 0 : session.CommittedBytes / session.LastEpoch, session?.TotalBytes ?? 0);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static EpochCost Median(List<EpochCost> runs) => runs.OrderBy(run => run.EventsPerSecond).ElementAt(runs.Count / 2);

    private static void Tumble(DataStream<Event> events) => events
        .KeyBy(e => e.DeviceId)
        .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
        .Aggregate("statistics", Aggregates.FromMergeable<Event, DeviceStatistics, DeviceStatistics, DeviceStatisticsAggregate>())
        .To("count", new ResultSink<WindowResult<int, DeviceStatistics>>(static results => results.Length));

    private static void Slide(DataStream<Event> events) => events
        .KeyBy(e => e.DeviceId)
        .Window(Sliding.Of(TimeSpan.FromSeconds(60), every: TimeSpan.FromSeconds(1)), AllowedLateness.None)
        .Aggregate("mean", Aggregates.Mean<Event>(e => e.Value))
        .To("count", new ResultSink<WindowResult<int, double>>(static results => results.Length));

    private static void Sessionise(DataStream<Event> events) => events
        .KeyBy(e => e.DeviceId)
        .Window(Sessions.WithGap(TimeSpan.FromSeconds(5)), AllowedLateness.None)
        .Aggregate("count", Aggregates.Count<Event>())
        .To("sum", new ResultSink<WindowResult<int, long>>(static results => results.Length));

    private static void Run(DataStream<Event> events) => events
        .KeyBy(e => e.DeviceId)
        .Aggregate("running", Aggregates.Combine(
            Aggregates.Count<Event>(),
            Aggregates.Mean<Event>(e => e.Value),
            Aggregates.Last<Event, double>(e => e.Value),
            static (count, mean, last) => (count, mean, last)))
        .To("count", new ResultSink<KeyValuePair<int, (long, double, double)>>(static results => results.Length));
}
