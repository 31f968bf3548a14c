using System.Runtime.InteropServices;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W10: a value above 0.9, later one below 0.1, later one above 0.8, all within ten seconds; matches do not overlap.</summary>
internal static class ThreeStepPattern
{
    private const int WithinMs = 10_000;

    public static Workload Workload { get; } = new(
        "W10",
        "1,000 keys, a pattern of three steps within 10 s",
        count =>
        {
            Event[] events = EventGenerator.Uniform(count, devices: 1000);
            return
            [
                new Variant(Variant.Ours, () => RunIoTStreamAsync(events)),
                Variant.Of("loop", () => RunLoop(events)),
            ];
        },
        []);

    private static async Task<Outcome> RunIoTStreamAsync(Event[] events)
    {
        long results = 0;
        double checksum = 0;
        PatternStep<Event> high = Pattern.Step<Event>("high", e => e.Value > 0.9);
        PatternStep<Event> low = Pattern.Step<Event>("low", e => e.Value < 0.1);
        PatternStep<Event> highAgain = Pattern.Step<Event>("high-again", e => e.Value > 0.8);
        Pattern<Event> swing = Pattern.Begin(high).FollowedBy(low).FollowedBy(highAgain).Within(TimeSpan.FromMilliseconds(WithinMs));
        var builder = new TopologyBuilder("w10");
        builder.From("events", events)
            .WithEventTime(e => e.TimestampMs, Watermarks.Monotonous())
            .KeyBy(e => e.DeviceId)
            .Match("swing", swing, AfterMatch.SkipPastLastRecord, (_, match) => match.First(high).Value + match.First(low).Value + match.First(highAgain).Value)
            .ForEach("sum", sum =>
            {
                results++;
                checksum += sum;
            });
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return new Outcome(results, checksum);
    }

    /// <summary>
    /// A list of begun matches a device. All of them wait for the same low value, so that one is kept for all, and the first that is still in time
    /// is the match.
    /// </summary>
    private static Outcome RunLoop(Event[] events)
    {
        var devices = new Dictionary<int, Device>();
        long results = 0;
        double checksum = 0;
        foreach (ref readonly Event e in events.AsSpan())
        {
            ref Device? device = ref CollectionsMarshal.GetValueRefOrAddDefault(devices, e.DeviceId, out _);
            device ??= new Device();
            if (device.Take(in e, out double sum))
            {
                results++;
                checksum += sum;
            }
        }

        return new Outcome(results, checksum);
    }

    /// <summary>The begun matches of a device, from the earliest on; those that have their low value come before those that have not.</summary>
    private sealed class Device
    {
        private readonly Queue<(long TimestampMs, double High, double Low)> _withLow = new();
        private readonly Queue<(long TimestampMs, double High)> _begun = new();

        public bool Take(in Event e, out double sum)
        {
            long least = e.TimestampMs - WithinMs;
            while (_withLow.TryPeek(out var first) && first.TimestampMs <= least)
            {
                _withLow.Dequeue();
            }

            while (_begun.TryPeek(out var first) && first.TimestampMs <= least)
            {
                _begun.Dequeue();
            }

            if (e.Value > 0.8 && _withLow.TryPeek(out var match))
            {
                // Whatever began since then is skipped, this value too.
                _withLow.Clear();
                _begun.Clear();
                sum = match.High + match.Low + e.Value;
                return true;
            }

            if (e.Value > 0.9)
            {
                _begun.Enqueue((e.TimestampMs, e.Value));
            }
            else if (e.Value < 0.1)
            {
                while (_begun.TryDequeue(out var begun))
                {
                    _withLow.Enqueue((begun.TimestampMs, begun.High, e.Value));
                }
            }

            sum = 0;
            return false;
        }
    }
}
