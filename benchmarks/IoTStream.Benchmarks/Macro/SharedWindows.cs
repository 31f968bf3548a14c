using System.Reactive;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W11: windows of five sizes over the same stream, together, each for itself, and the finest alone.</summary>
internal static class SharedWindows
{
    private static readonly TimeWindows[] Windows =
    [
        Tumbling.Of(TimeSpan.FromSeconds(10)),
        Tumbling.Of(TimeSpan.FromSeconds(30)),
        Tumbling.Of(TimeSpan.FromMinutes(1)),
        Tumbling.Of(TimeSpan.FromMinutes(5)),
        Tumbling.Of(TimeSpan.FromMinutes(15)),
    ];

    public static Workload Workload { get; } = new(
        "W11",
        "1,000 keys, mean over tumbling windows of 10 s, 30 s, 1, 5 and 15 min; the finest alone gives fewer results",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, devices: 1000);
            return
            [
                new Variant(Variant.Ours, () => RunAsync(events, stream => Sum(stream.Windows(AllowedLateness.None, Windows), "all"))),
                new Variant("separate", () => RunAsync(events, stream => [.. Windows.SelectMany(windows =>
                    Sum(stream.Window(windows, AllowedLateness.None), windows.ToString()))])),
                new Variant("finest", () => RunFinestAsync(events)) { ExpectedAsync = () => RunFinestAsync(events) },
                Variant.Of("rx", () => RunRx(events)),
            ];
        },
        [Goal.Ours("finest", 1 / 1.5)]);

    private static Task<Outcome> RunFinestAsync(Event[] events) =>
        RunAsync(events, stream => Sum(stream.Window(Windows[0], AllowedLateness.None), "finest"));

    private static async Task<Outcome> RunAsync(Event[] events, Func<KeyedStream<int, Event>, ResultSink<WindowResult<int, double>>[]> windows)
    {
        var builder = new TopologyBuilder("shared");
        ResultSink<WindowResult<int, double>>[] sums = windows(builder.From("events", events)
            .WithEventTime(e => e.TimestampMs, Watermarks.Monotonous())
            .KeyBy(e => e.DeviceId));
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return new Outcome(sums.Sum(sum => sum.Outcome.Results), sums.Sum(sum => sum.Outcome.Checksum));
    }

    private static ResultSink<WindowResult<int, double>>[] Sum(WindowedStream<int, Event> windows, string name)
    {
        var sums = new ResultSink<WindowResult<int, double>>(Sums.OfValues);
        windows.Aggregate(name, Aggregates.Mean<Event>(e => e.Value)).To($"sum {name}", sums);
        return [sums];
    }

    /// <summary>Each size for itself over one subject; the source says when windows close, since Rx knows no event time.</summary>
    private static Outcome RunRx(Event[] events)
    {
        long results = 0;
        double checksum = 0;
        using var subject = new Subject<Event>();
        long[] sizes = [.. Windows.Select(windows => (long)windows.Size.TotalMilliseconds)];
        Subject<Unit>[] boundaries = [.. sizes.Select(_ => new Subject<Unit>())];
        IDisposable[] subscriptions = [.. boundaries.Select(boundary => subject
            .Window(boundary)
            .SelectMany(window => window.GroupBy(e => e.DeviceId).SelectMany(device => device.Average(e => e.Value)))
            .Subscribe(mean =>
            {
                results++;
                checksum += mean;
            }))];
        long[] open = new long[sizes.Length];
        foreach (Event e in events)
        {
            for (int i = 0; i < sizes.Length; i++)
            {
                if (e.TimestampMs / sizes[i] != open[i])
                {
                    open[i] = e.TimestampMs / sizes[i];
                    boundaries[i].OnNext(Unit.Default);
                }
            }

            subject.OnNext(e);
        }

        subject.OnCompleted();
        Array.ForEach([.. subscriptions, .. boundaries], held => held.Dispose());
        return new Outcome(results, checksum);
    }
}
