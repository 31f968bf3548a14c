using System.Reactive.Linq;
using System.Reactive.Subjects;
using System.Runtime.InteropServices;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W3, W8 and W9: an aggregate a device over windows that overlap, sliding by one second.</summary>
internal static class SlidingWindows
{
    private const int Devices = 1000;
    private const int SlideMs = 1000;

    public static Workload Mean { get; } = new(
        "W3",
        "1,000 keys, 60 s sliding by 1 s, mean",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, Devices);
            Event[] first = events[..(count / 20)];
            return
            [
                new Variant(Variant.Ours, () => RunMinuteAsync(events)),
                new Variant(Variant.TwoLanes, () => RunIoTStreamAsync(events, slices: 60, lanes: 2, Aggregates.Mean<Event>(e => e.Value))),
                Variant.Of("loop", () => RunMeanLoop(events, slices: 60)),
                Variant.Of("rx", () => RunRx(first, slices: 60, device => device.Average(e => e.Value))) with
                {
                    Part = first.Length,
                    ExpectedAsync = () => Task.FromResult(RunMeanLoop(first, slices: 60)),
                },
            ];
        },
        [Goal.Ours("loop", 0.5), new Goal(Variant.TwoLanes, Variant.Ours, 1.4)]);

    public static Workload Max { get; } = new(
        "W8",
        "as W3 with max, which cannot be subtracted",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, Devices);
            Event[] first = events[..(count / 20)];
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(events, slices: 60, lanes: 1, Aggregates.Max<Event>(e => e.Value))),
                new Variant("mean", () => RunMinuteAsync(events)) { ExpectedAsync = () => RunMinuteAsync(events) },
                Variant.Of("loop", () => RunMaxLoop(events, slices: 60)),
                Variant.Of("rx", () => RunRx(first, slices: 60, device => device.Max(e => e.Value))) with
                {
                    Part = first.Length,
                    ExpectedAsync = () => Task.FromResult(RunMaxLoop(first, slices: 60)),
                },
            ];
        },
        [Goal.Ours("mean", 0.5)]);

    public static Workload Hour { get; } = new(
        "W9",
        "1,000 keys, 1 h sliding by 1 s, mean",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, Devices);
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(events, slices: 3600, lanes: 1, Aggregates.Mean<Event>(e => e.Value))),
                new Variant("minute", () => RunMinuteAsync(events)) { ExpectedAsync = () => RunMinuteAsync(events) },
                Variant.Of("loop", () => RunMeanLoop(events, slices: 3600)),
            ];
        },
        [Goal.Ours("minute", 0.8)]);

    /// <summary>Our W3.</summary>
    private static Task<Outcome> RunMinuteAsync(Event[] events) =>
        RunIoTStreamAsync(events, slices: 60, lanes: 1, Aggregates.Mean<Event>(e => e.Value));

    private static async Task<Outcome> RunIoTStreamAsync(Event[] events, int slices, int lanes, Aggregation<Event, double> aggregation)
    {
        var sums = new ResultSink<WindowResult<int, double>>(Sums.OfValues);
        var builder = new TopologyBuilder("sliding");
        builder.From("events", events)
            .WithEventTime(e => e.TimestampMs, Watermarks.Monotonous())
            .KeyBy(e => e.DeviceId)
            .Window(Sliding.Of(TimeSpan.FromMilliseconds(slices * SlideMs), TimeSpan.FromMilliseconds(SlideMs)), AllowedLateness.None)
            .Aggregate("aggregate", aggregation)
            .To("sum", sums);
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = lanes });
        await job.Completion;
        return sums.Outcome;
    }

    /// <summary>Panes of arrays by device, and running sums: general but for the keys, which have to be small numbers.</summary>
    private static Outcome RunMeanLoop(Event[] events, int slices)
    {
        var counts = new int[slices, Devices];
        var sums = new double[slices, Devices];
        long[] totalCounts = new long[Devices];
        double[] totalSums = new double[Devices];
        long end = SlideMs;
        long results = 0;
        double checksum = 0;
        int slice = 0;
        void Close()
        {
            for (int device = 0; device < Devices; device++)
            {
                if (totalCounts[device] > 0)
                {
                    results++;
                    checksum += totalSums[device] / totalCounts[device];
                }
            }

            slice = (slice + 1) % slices;
            for (int device = 0; device < Devices; device++)
            {
                totalCounts[device] -= counts[slice, device];
                totalSums[device] -= sums[slice, device];
                counts[slice, device] = 0;
                sums[slice, device] = 0;
            }
        }

        foreach (ref readonly Event e in events.AsSpan())
        {
            while (e.TimestampMs >= end)
            {
                Close();
                end += SlideMs;
            }

            counts[slice, e.DeviceId]++;
            sums[slice, e.DeviceId] += e.Value;
            totalCounts[e.DeviceId]++;
            totalSums[e.DeviceId] += e.Value;
        }

        for (int i = 0; i < slices; i++)
        {
            Close();
        }

        return new Outcome(results, checksum);
    }

    /// <summary>Panes of arrays by device; the older half of the window is kept as what remains of it after each departure.</summary>
    private static Outcome RunMaxLoop(Event[] events, int slices)
    {
        double[][] maxima = [.. Enumerable.Range(0, slices).Select(_ => new double[Devices])];
        double[] younger = new double[Devices];
        Array.ForEach([.. maxima, younger], values => Array.Fill(values, double.NegativeInfinity));
        long end = SlideMs;
        long results = 0;
        double checksum = 0;
        int slice = 0;
        void Close()
        {
            double[] current = maxima[slice];
            double[] older = maxima[(slice + 1) % slices];
            bool isFlip = slice == slices - 1;
            for (int device = 0; device < Devices; device++)
            {
                younger[device] = Math.Max(younger[device], current[device]);
                double max = isFlip ? younger[device] : Math.Max(younger[device], older[device]);
                if (max > double.NegativeInfinity)
                {
                    results++;
                    checksum += max;
                }
            }

            slice = (slice + 1) % slices;
            if (isFlip)
            {
                for (int i = slices - 2; i >= 0; i--)
                {
                    for (int device = 0; device < Devices; device++)
                    {
                        maxima[i][device] = Math.Max(maxima[i][device], maxima[i + 1][device]);
                    }
                }

                Array.Fill(younger, double.NegativeInfinity);
            }

            Array.Fill(maxima[slice], double.NegativeInfinity);
        }

        foreach (ref readonly Event e in events.AsSpan())
        {
            while (e.TimestampMs >= end)
            {
                Close();
                end += SlideMs;
            }

            ref double max = ref maxima[slice][e.DeviceId];
            max = Math.Max(max, e.Value);
        }

        for (int i = 0; i < slices; i++)
        {
            Close();
        }

        return new Outcome(results, checksum);
    }

    /// <summary>One window opens and one closes every second; the source says when, since Rx knows no event time.</summary>
    private static Outcome RunRx(Event[] events, int slices, Func<IObservable<Event>, IObservable<double>> aggregate)
    {
        long results = 0;
        double checksum = 0;
        using var subject = new Subject<Event>();
        using var seconds = new Subject<long>();
        using IDisposable subscription = subject
            .Window(seconds, second => seconds.Where(other => other == second + slices))
            .SelectMany(window => window.GroupBy(e => e.DeviceId).SelectMany(aggregate))
            .Subscribe(mean =>
            {
                results++;
                checksum += mean;
            });
        long second = -1;
        for (int i = 1 - slices; i < 0; i++)
        {
            seconds.OnNext(i);
        }

        foreach (Event e in events)
        {
            if (e.TimestampMs / SlideMs != second)
            {
                second = e.TimestampMs / SlideMs;
                seconds.OnNext(second);
            }

            subject.OnNext(e);
        }

        for (int i = 0; i < slices; i++)
        {
            seconds.OnNext(++second);
        }

        subject.OnCompleted();
        return new Outcome(results, checksum);
    }
}
