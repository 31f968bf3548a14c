using System.Reactive;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using System.Runtime.InteropServices;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W2, W4 and W6: count, mean and maximum a device over tumbling windows of ten seconds.</summary>
internal static class TumblingWindows
{
    private const int WindowMs = 10_000;
    private const int DisorderMs = 5_000;

    public static Workload FewKeys { get; } = new(
        "W2",
        "1,000 keys, 10 s tumbling, count + mean + max",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, devices: 1000);
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(events, Watermarks.Monotonous(), lanes: 1)),
                Variant.Of("loop", () => RunLoop(events)),
                Variant.Of("rx", () => RunRx(events)),
            ];
        },
        [Goal.Ours("loop", 0.8)]);

    public static Workload ManyKeys { get; } = new(
        "W4",
        "as W2 with 1,000,000 keys",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, devices: 1_000_000);
            Event[] first = events[..(count / 10)];
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(events, Watermarks.Monotonous(), lanes: 1)),
                new Variant(Variant.TwoLanes, () => RunIoTStreamAsync(events, Watermarks.Monotonous(), lanes: 2)),
                Variant.Of("loop", () => RunLoop(events)),
                Variant.Of("rx", () => RunRx(first)) with { Part = first.Length, ExpectedAsync = () => Task.FromResult(RunLoop(first)) },
            ];
        },
        [Goal.Ours("loop", 0.7), new Goal(Variant.TwoLanes, Variant.Ours, 1.4)]);

    public static Workload Disordered { get; } = new(
        "W6",
        "as W2 with timestamps out of order by up to 5 s",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, devices: 1000, DisorderMs);
            Event[] ordered = EventGenerator.Uniform(count, devices: 1000);
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(
                    events, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMilliseconds(DisorderMs)), lanes: 1)),
                new Variant("ordered", () => RunIoTStreamAsync(ordered, Watermarks.Monotonous(), lanes: 1))
                {
                    ExpectedAsync = () => Task.FromResult(RunLoop(ordered)),
                },
                Variant.Of("loop", () => RunDisorderedLoop(events)),
            ];
        },
        [Goal.Ours("ordered", 0.7)]);

    private static async Task<Outcome> RunIoTStreamAsync(Event[] events, WatermarkStrategy watermarks, int lanes)
    {
        var sums = new ResultSink<WindowResult<int, DeviceStatistics>>(Sum);
        var builder = new TopologyBuilder("tumbling");
        builder.From("events", events)
            .WithEventTime(e => e.TimestampMs, watermarks)
            .KeyBy(e => e.DeviceId)
            .Window(Tumbling.Of(TimeSpan.FromMilliseconds(WindowMs)), AllowedLateness.None)
            .Aggregate("statistics", Aggregates.FromMergeable<Event, DeviceStatistics, DeviceStatistics, DeviceStatisticsAggregate>())
            .To("sum", sums);
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = lanes });
        await job.Completion;
        return sums.Outcome;
    }

    private static double Sum(ReadOnlySpan<WindowResult<int, DeviceStatistics>> results)
    {
        double sum = 0;
        foreach (ref readonly WindowResult<int, DeviceStatistics> result in results)
        {
            sum += result.Value.Mean + result.Value.Max;
        }

        return sum;
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

    /// <summary>A dictionary for each open window.</summary>
    private static Outcome RunDisorderedLoop(Event[] events)
    {
        var windows = new Dictionary<long, Dictionary<int, DeviceStatistics>>();
        long latest = long.MinValue;
        long end = WindowMs;
        long results = 0;
        double checksum = 0;
        void Close()
        {
            if (windows.Remove(end - WindowMs, out Dictionary<int, DeviceStatistics>? devices))
            {
                foreach (KeyValuePair<int, DeviceStatistics> device in devices)
                {
                    results++;
                    checksum += device.Value.Mean + device.Value.Max;
                }
            }

            end += WindowMs;
        }

        foreach (ref readonly Event e in events.AsSpan())
        {
            if (e.TimestampMs > latest)
            {
                latest = e.TimestampMs;
                while (latest - DisorderMs > end)
                {
                    Close();
                }
            }

            long start = e.TimestampMs / WindowMs * WindowMs;
            if (!windows.TryGetValue(start, out Dictionary<int, DeviceStatistics>? devices))
            {
                devices = [];
                windows.Add(start, devices);
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

        while (windows.Count > 0)
        {
            Close();
        }

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
