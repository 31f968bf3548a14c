using System.Reactive;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using System.Runtime.InteropServices;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W2: count, mean and maximum a device over tumbling windows of ten seconds.</summary>
internal static class TumblingWindows
{
    private const int WindowMs = 10_000;

    public static Workload Workload { get; } = new(
        "W2",
        "1,000 keys, 10 s tumbling, count + mean + max",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, devices: 1000);
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(events)),
                Variant.Of("loop", () => RunLoop(events)),
                Variant.Of("rx", () => RunRx(events)),
            ];
        },
        [Goal.Ours("loop", 0.8)]);

    private static async Task<Outcome> RunIoTStreamAsync(Event[] events)
    {
        long results = 0;
        double checksum = 0;
        var builder = new TopologyBuilder("w2");
        builder.From("events", events)
            .WithEventTime(e => e.TimestampMs, Watermarks.Monotonous())
            .KeyBy(e => e.DeviceId)
            .Window(Tumbling.Of(TimeSpan.FromMilliseconds(WindowMs)), AllowedLateness.None)
            .Aggregate("statistics", Aggregates.FromMergeable<Event, DeviceStatistics, DeviceStatistics, DeviceStatisticsAggregate>())
            .ForEach("sum", result =>
            {
                results++;
                checksum += result.Value.Mean + result.Value.Max;
            });
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return new Outcome(results, checksum);
    }

    private static Outcome RunLoop(Event[] events)
    {
        var devices = new Dictionary<int, DeviceStatistics>();
        long window = 0;
        long results = 0;
        double checksum = 0;
        void Close()
        {
            foreach (KeyValuePair<int, DeviceStatistics> device in devices)
            {
                results++;
                checksum += device.Value.Mean + device.Value.Max;
            }

            devices.Clear();
        }

        foreach (ref readonly Event e in events.AsSpan())
        {
            long current = e.TimestampMs / WindowMs;
            if (current != window)
            {
                Close();
                window = current;
            }

            ref DeviceStatistics statistics = ref CollectionsMarshal.GetValueRefOrAddDefault(devices, e.DeviceId, out bool exists);
            if (!exists)
            {
                statistics.Max = double.NegativeInfinity;
            }

            statistics.Count++;
            statistics.Sum += e.Value;
            if (e.Value > statistics.Max)
            {
                statistics.Max = e.Value;
            }
        }

        Close();
        return new Outcome(results, checksum);
    }

    private static Outcome RunRx(Event[] events)
    {
        long results = 0;
        double checksum = 0;
        using var subject = new Subject<Event>();
        using var boundaries = new Subject<Unit>();
        using IDisposable subscription = subject
            .Window(boundaries)
            .SelectMany(window => window
                .GroupBy(e => e.DeviceId)
                .SelectMany(device => device.Aggregate(new DeviceStatistics { Max = double.NegativeInfinity }, Add)))
            .Subscribe(statistics =>
            {
                results++;
                checksum += statistics.Mean + statistics.Max;
            });
        long window = 0;
        foreach (Event e in events)
        {
            long current = e.TimestampMs / WindowMs;
            if (current != window)
            {
                boundaries.OnNext(Unit.Default);
                window = current;
            }

            subject.OnNext(e);
        }

        subject.OnCompleted();
        return new Outcome(results, checksum);
    }

    private static DeviceStatistics Add(DeviceStatistics statistics, Event e)
    {
        statistics.Count++;
        statistics.Sum += e.Value;
        statistics.Max = Math.Max(statistics.Max, e.Value);
        return statistics;
    }
}
