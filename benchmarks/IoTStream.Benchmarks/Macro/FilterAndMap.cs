using System.Reactive.Linq;
using System.Reactive.Subjects;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Macro;

/// <summary>W1: keep values above 0.1, turn them from Celsius to Fahrenheit.</summary>
internal static class FilterAndMap
{
    public static Workload Workload { get; } = new(
        "W1",
        "Where value > 0.1, Select value * 1.8 + 32",
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
        [Goal.Ours("loop", 0.5)]);

    private static async Task<Outcome> RunIoTStreamAsync(Event[] events)
    {
        var sink = new SumSink();
        var builder = new TopologyBuilder("w1");
        builder.From("events", events)
            .Where(e => e.Value > 0.1)
            .Select(e => e.Value * 1.8 + 32)
            .To("sum", sink);
        Topology topology = builder.Build();
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return new Outcome(sink.Count, sink.Sum);
    }

    private static Outcome RunLoop(Event[] events)
    {
        long count = 0;
        double sum = 0;
        foreach (Event e in events)
        {
            if (e.Value > 0.1)
            {
                count++;
                sum += e.Value * 1.8 + 32;
            }
        }

        return new Outcome(count, sum);
    }

    private static Outcome RunRx(Event[] events)
    {
        long count = 0;
        double sum = 0;
        using var subject = new Subject<Event>();
        using IDisposable subscription = subject
            .Where(e => e.Value > 0.1)
            .Select(e => e.Value * 1.8 + 32)
            .Subscribe(value =>
            {
                count++;
                sum += value;
            });
        foreach (Event e in events)
        {
            subject.OnNext(e);
        }

        subject.OnCompleted();
        return new Outcome(count, sum);
    }
}
