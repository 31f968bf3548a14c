using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W7: joins two streams by device, the right reading within a second after the left one. Each has half of the events.</summary>
internal static class IntervalJoins
{
    private const int UpperMs = 1_000;

    public static Workload Workload { get; } = new(
        "W7",
        "two streams, 1,000 keys, right within 1 s after left",
        count =>
        {
            Event[] left = EventGenerator.Uniform(count / 2, devices: 1000, seed: 1);
            Event[] right = EventGenerator.Uniform(count / 2, devices: 1000, seed: 2);
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(left, right)),
                Variant.Of("loop", () => RunLoop(left, right)),
            ];
        },
        [Goal.Ours("loop", 0.5)]);

    private static async Task<Outcome> RunIoTStreamAsync(Event[] left, Event[] right)
    {
        long results = 0;
        double checksum = 0;
        var builder = new TopologyBuilder("w7");
        KeyedStream<int, Event> rights = builder.From("right", right)
            .WithEventTime(e => e.TimestampMs, Watermarks.Monotonous())
            .KeyBy(e => e.DeviceId);
        builder.From("left", left)
            .WithEventTime(e => e.TimestampMs, Watermarks.Monotonous())
            .KeyBy(e => e.DeviceId)
            .Join(rights, JoinInterval.After(TimeSpan.FromMilliseconds(UpperMs)), AllowedLateness.None)
            .Select("product", (l, r) => l.Value * r.Value)
            .ForEach("sum", product =>
            {
                results++;
                checksum += product;
            });
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return new Outcome(results, checksum);
    }

    /// <summary>Takes both streams in the order of time, so that only left events have to be kept, in a queue a device.</summary>
    private static Outcome RunLoop(Event[] left, Event[] right)
    {
        var devices = new Dictionary<int, Queue<Event>>();
        long results = 0;
        double checksum = 0;
        int next = 0;
        foreach (Event r in right)
        {
            while (next < left.Length && left[next].TimestampMs <= r.TimestampMs)
            {
                Event l = left[next++];
                if (!devices.TryGetValue(l.DeviceId, out Queue<Event>? added))
                {
                    devices[l.DeviceId] = added = new Queue<Event>();
                }

                added.Enqueue(l);
            }

            if (devices.TryGetValue(r.DeviceId, out Queue<Event>? queue))
            {
                while (queue.Count > 0 && queue.Peek().TimestampMs + UpperMs < r.TimestampMs)
                {
                    queue.Dequeue();
                }

                foreach (Event l in queue)
                {
                    results++;
                    checksum += l.Value * r.Value;
                }
            }
        }

        return new Outcome(results, checksum);
    }
}
