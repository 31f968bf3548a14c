using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W5: how many events a session has; ten thousand devices that burst about fifty events, with sessions that end after five silent seconds.</summary>
internal static class SessionWindowing
{
    private const int Devices = 10_000;
    private const int Bursting = 200;
    private const long GapMs = 5000;

    public static Workload Workload { get; } = new(
        "W5",
        "sessions, gap 5 s, 10,000 keys, bursts of about 50 events, count",
        count =>
        {
            Event[] events = EventGenerator.Bursts(count, Devices, Bursting);
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(events)),
                Variant.Of("loop", () => RunLoop(events)),
            ];
        },
        [Goal.Ours("loop", 0.3)]);

    private static async Task<Outcome> RunIoTStreamAsync(Event[] events)
    {
        long results = 0;
        double checksum = 0;
        var builder = new TopologyBuilder("w5");
        builder.From("events", events)
            .WithEventTime(e => e.TimestampMs, Watermarks.Monotonous())
            .KeyBy(e => e.DeviceId)
            .Window(Sessions.WithGap(TimeSpan.FromMilliseconds(GapMs)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<Event>())
            .ForEach("sum", session =>
            {
                results++;
                checksum += (double)session.Value * session.Value;
            });
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return new Outcome(results, checksum);
    }

    /// <summary>Closes a session as soon as time has passed its end: a queue holds when to look at each device again.</summary>
    private static Outcome RunLoop(Event[] events)
    {
        var devices = new Dictionary<int, Burst>();
        var queue = new Queue<(long Due, int Device)>();
        long results = 0;
        double checksum = 0;
        foreach (Event e in events)
        {
            while (queue.Count > 0 && queue.Peek().Due <= e.TimestampMs)
            {
                (long due, int device) = queue.Dequeue();
                Burst burst = devices[device];
                if (burst.Last + GapMs == due)
                {
                    results++;
                    checksum += (double)burst.Count * burst.Count;
                    devices.Remove(device);
                }
                else
                {
                    queue.Enqueue((Math.Max(due, burst.Last + GapMs), device));
                }
            }

            if (!devices.TryGetValue(e.DeviceId, out Burst? current))
            {
                devices[e.DeviceId] = current = new Burst();
                queue.Enqueue((e.TimestampMs + GapMs, e.DeviceId));
            }

            current.Last = e.TimestampMs;
            current.Count++;
        }

        foreach (Burst burst in devices.Values)
        {
            results++;
            checksum += (double)burst.Count * burst.Count;
        }

        return new Outcome(results, checksum);
    }

    private sealed class Burst
    {
        public long Last { get; set; }

        public long Count { get; set; }
    }
}
