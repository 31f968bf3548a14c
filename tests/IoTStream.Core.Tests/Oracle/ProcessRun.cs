using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Runs a program over a stream, on a clock that stands still.</summary>
internal sealed class ProcessRun
{
    private ProcessRun(
        IReadOnlyList<ProcessEvent> results, IReadOnlyList<ProcessEvent> aside, IReadOnlyList<Reading> late, IReadOnlyList<StepMetrics> metrics)
    {
        Results = ByKey(results);
        Aside = ByKey(aside);
        Late = [.. late.Select(reading => reading.Id).Order()];
        Metrics = metrics;
    }

    /// <summary>The results, those of a key in their order.</summary>
    public List<ProcessEvent> Results { get; }

    public List<ProcessEvent> Aside { get; }

    public List<int> Late { get; }

    public IReadOnlyList<StepMetrics> Metrics { get; }

    public static List<ProcessEvent> ByKey(IEnumerable<ProcessEvent> events) => [.. events.OrderBy(result => result.Key)];

    public static ProcessRun Of(ProcessCase run, bool inOrder)
    {
        WindowCase input = run.Input;
        var gate = new Gate(new Random(input.Seed));
        Func<string, ValueTask> on = input.Threads ? async _ => await Task.Yield() : gate.PassAsync;
        var results = new CollectingSink<ProcessEvent> { On = on };
        var aside = new CollectingSink<ProcessEvent> { On = on };
        var late = new CollectingSink<Reading> { On = on };
        var random = new Random(input.Seed);
        var builder = new TopologyBuilder("process");
        KeyedStream<int, Reading> keyed = builder
            .From("source", new ArraySource<Reading>(input.Partitions, _ => random.Next(1, input.ReadSize + 1)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)))
            .KeyBy(reading => reading.Key);
        if (inOrder)
        {
            keyed = keyed.InOrder("order", out DataStream<Reading> tooLate);
            tooLate.To("late", late);
        }

        keyed.Process("process", () => new ScriptedProcess(run.Program), out SideOutputs sides, ErrorPolicy.Skip)
            .Select((result, context) => result.Timestamp == context.TimestampTicks ? result : throw new InvalidOperationException("timestamp"))
            .To("results", results);
        sides.Of(ScriptedProcess.Aside).To("aside", aside);
        Topology topology = builder.Build();
        var options = new JobOptions
        {
            Lanes = input.Lanes,
            BatchSize = input.BatchSize,
            ExchangeCapacity = input.ExchangeCapacity,
            TimeProvider = new FakeClock(),
        };
        IReadOnlyList<StepMetrics> metrics = Execute();
        return new ProcessRun(results.Values, aside.Values, late.Values, metrics);

        IReadOnlyList<StepMetrics> Execute()
        {
            if (!input.Threads)
            {
                return topology.Step(options, new Random(input.Seed), gate);
            }

            IReadOnlyList<StepMetrics> found = [];
            Run.Now(async () =>
            {
                await using Job job = await topology.StartAsync(options);
                await job.Completion;
                found = job.GetMetrics();
            });
            return found;
        }
    }
}
