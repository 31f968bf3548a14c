using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Runs a case through the engine.</summary>
internal sealed class PatternRun
{
    private readonly CollectingSink<(int Key, string Text)> _matches;
    private readonly CollectingSink<(int Key, string Text)> _timedOut;
    private readonly CollectingSink<Reading> _late;

    private PatternRun(Func<string, ValueTask> on)
    {
        _matches = new CollectingSink<(int, string)> { On = on };
        _timedOut = new CollectingSink<(int, string)> { On = on };
        _late = new CollectingSink<Reading> { On = on, AllowsParallelWriters = true };
    }

    public IReadOnlyList<StepMetrics> Metrics { get; private set; } = [];

    public IReadOnlyList<int> Late => [.. _late.Values.Select(reading => reading.Id).Order()];

    public static PatternRun Of(PatternCase input)
    {
        var gate = new Gate(new Random(input.Seed));
        var run = new PatternRun(input.Threads ? async _ => await Task.Yield() : gate.PassAsync);
        run.Execute(input, gate);
        return run;
    }

    /// <summary>What was found for a key, in order.</summary>
    public IReadOnlyList<string> Matches(int key) => Of(_matches, key);

    /// <summary>The partial matches of a key whose time was over, in order.</summary>
    public IReadOnlyList<string> TimedOut(int key) => Of(_timedOut, key);

    private static IReadOnlyList<string> Of(CollectingSink<(int Key, string Text)> sink, int key) =>
        [.. sink.Records.Where(record => record.Value.Key == key).Select(record => $"{record.Value.Text}")];

    private void Execute(PatternCase input, Gate gate)
    {
        (Pattern<Reading> pattern, PatternStep<Reading>[] steps) = input.ToPattern();
        AfterMatch afterMatch = input.ToAfterMatch(steps);
        var random = new Random(input.Seed);
        var builder = new TopologyBuilder("patterns");
        KeyedStream<int, Reading> keyed = builder
            .From("source", new ArraySource<Reading>([input.Readings], _ => random.Next(1, input.ReadSize + 1)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)))
            .KeyBy(reading => reading.Key);
        (int, int[][]) Describe(int key, Match<Reading> match)
        {
            var ids = new int[steps.Length][];
            for (int step = 0; step < steps.Length; step++)
            {
                ids[step] = [.. match.All(steps[step]).Select(reading => reading.Id)];
            }

            ids.SelectMany(taken => taken).Should().Equal(match.All().Select(reading => reading.Id));
            return (key, ids);
        }

        static (int, string) Dated((int Key, int[][] Ids) match, RecordContext context) => (match.Key, PatternCase.Text(context.TimestampTicks, match.Ids));
        if (input.SidesAreConsumed && input.Within is not null)
        {
            keyed.Match("pattern", pattern, afterMatch, Describe, Describe, out DataStream<(int, int[][])> timedOut, out DataStream<Reading> late)
                .Select(Dated)
                .To("matches", _matches);
            timedOut.Select(Dated).To("timed-out", _timedOut);
            late.To("late", _late);
        }
        else
        {
            keyed.Match("pattern", pattern, afterMatch, Describe).Select(Dated).To("matches", _matches);
        }

        Topology topology = builder.Build();
        var options = new JobOptions { Lanes = input.Lanes, BatchSize = input.BatchSize, ExchangeCapacity = input.ExchangeCapacity };
        if (input.Threads)
        {
            Run.Now(async () =>
            {
                await using Job job = await topology.StartAsync(options);
                await job.Completion;
                Metrics = job.GetMetrics();
            });
        }
        else
        {
            Metrics = topology.Step(options, new Random(input.Seed), gate);
        }
    }
}
