using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Rules that reach every lane while records of keys are processed: the order of the two is open, but not what holds in every order.</summary>
[Parallelizable(ParallelScope.All)]
public class BroadcastProperties
{
    [Test]
    public void Every_record_sees_the_first_rules_and_in_the_end_all_have_been_seen() => Property.Holds(
        random => (Input: WindowCase.Create(random, partitions: random.Next(1, 4)), Rules: random.Next(30)),
        run =>
        {
            (IReadOnlyList<Seen> seen, IReadOnlyList<StepMetrics> metrics) = Run(run.Input, run.Rules);

            seen.Where(result => result.Record >= 0).Select(result => result.Record).Order().Should().Equal(run.Input.Readings.Select(reading => reading.Id).Order());
            seen.Should().NotContain(result => !result.IsPrefix);
            foreach (IGrouping<int, Seen> key in seen.GroupBy(result => result.Key))
            {
                List<Seen> results = [.. key];
                results.Select(result => result.Rules).Should().BeInAscendingOrder("a key never sees less than before");
                Seen last = results[^1];
                (last.Record, last.Rules).Should().Be((-1, run.Rules), "all rules have come when event time ends");
                last.RulesSinceFirst.Should().Be(run.Rules - results[0].Rules, "each rule was applied to each key that had state");
            }

            metrics.Of("process").RecordsIn.Should().Be(run.Input.Readings.Count() + ((long)run.Rules * run.Input.Lanes));
        },
        run => run.Input.Shrink().Select(smaller => (smaller, run.Rules)));

    private static (IReadOnlyList<Seen> Seen, IReadOnlyList<StepMetrics> Metrics) Run(WindowCase input, int rules)
    {
        var gate = new Gate(new Random(input.Seed));
        var results = new CollectingSink<Seen> { On = gate.PassAsync };
        var random = new Random(input.Seed);
        var builder = new TopologyBuilder("broadcast");
        BroadcastStream<int> broadcast = builder
            .From("rules", new ArraySource<int>([[.. Enumerable.Range(0, rules)]], _ => random.Next(1, 4)))
            .WithEventTime(rule => new DateTimeOffset(1_000_000 + rule, TimeSpan.Zero), Watermarks.Monotonous())
            .Broadcast();
        builder.From("source", new ArraySource<Reading>(input.Partitions, _ => random.Next(1, input.ReadSize + 1)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)))
            .KeyBy(reading => reading.Key)
            .Process("process", broadcast, () => new Observer())
            .To("results", results);
        Topology topology = builder.Build();
        var options = new JobOptions { Lanes = input.Lanes, BatchSize = input.BatchSize, ExchangeCapacity = input.ExchangeCapacity };
        IReadOnlyList<StepMetrics> metrics = topology.Step(options, new Random(input.Seed), gate);
        return (results.Values, metrics);
    }

    /// <summary>What a record, or in the end a key, knew.</summary>
    private sealed record Seen(int Key, int Record, int Rules, bool IsPrefix, int RulesSinceFirst);

    private sealed class Observer : KeyedBroadcastProcess<int, Reading, int, Seen>
    {
        private readonly ValueState<int> _rulesSinceFirst;
        private readonly BroadcastMap<int, bool> _rules;

        public Observer()
        {
            _rulesSinceFirst = States.Value<int>("rules since first");
            _rules = BroadcastStates.Map<int, bool>("rules");
        }

        public override void OnRecord(Reading record, KeyedProcessContext<int, Seen> context)
        {
            if (!_rulesSinceFirst.HasValue)
            {
                _rulesSinceFirst.Value = 0;
                context.SetEventTimer(DateTimeOffset.MaxValue);
            }

            Emit(record.Id, context);
        }

        public override void OnBroadcast(int rule, BroadcastContext<int, Seen> context)
        {
            _rules[rule] = true;
            context.ForEachKey(_ => _rulesSinceFirst.Value++);
        }

        public override void OnTimer(DueTimer timer, KeyedProcessContext<int, Seen> context) => Emit(-1, context);

        private void Emit(int record, KeyedProcessContext<int, Seen> context) => context.Emit(new Seen(
            context.Key,
            record,
            _rules.Count,
            _rules.Entries.Select(entry => entry.Key).Order().SequenceEqual(Enumerable.Range(0, _rules.Count)),
            _rulesSinceFirst.Value));
    }
}
