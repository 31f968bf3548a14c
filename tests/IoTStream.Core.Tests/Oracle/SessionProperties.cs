using IoTStream.Connectors;
using IoTStream.Core.Tests.Operators;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Sessions on random input, against what they are by definition.</summary>
[Parallelizable(ParallelScope.All)]
public class SessionProperties
{
    [Test]
    public void One_partition_gives_what_the_definition_says() => Property.Holds(
        random => WindowCase.Create(random, partitions: 1),
        input =>
        {
            WindowOutcome expected = SessionOracle.Compute(input.Partitions.Single(), input.Size, input.Bound, input.Lateness);

            (WindowOutcome actual, IReadOnlyList<StepMetrics> metrics) = Run(input);

            actual.Results.Should().Equal(expected.Results);
            actual.Late.Should().Equal(input.LateIsConsumed ? expected.Late : []);
            StepMetrics sessions = metrics.Of("sessions");
            sessions.RecordsIn.Should().Be(input.Readings.Count());
            sessions.RecordsOut.Should().Be(expected.Results.Count);
            sessions.Late.Should().Be(expected.Late.Count);
            sessions.Dropped.Should().Be(input.LateIsConsumed ? 0 : expected.Late.Count);
        },
        input => input.Shrink());

    [Test]
    public void Several_partitions_give_the_same_however_they_interleave_if_none_of_their_records_is_late() => Property.Holds(
        random => WindowCase.Create(random, partitions: random.Next(1, 6)).WithoutLateRecords(),
        input =>
        {
            WindowOutcome expected = SessionOracle.ComputeAllOnTime(input.Readings, input.Size);

            (WindowOutcome actual, _) = Run(input);

            actual.Results.Should().Equal(expected.Results);
            actual.Late.Should().BeEmpty();
        },
        input => input.Shrink());

    [Test]
    public void Records_with_the_same_timestamp_keep_the_order_of_their_arrival_in_whatever_session_they_are() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            (int instants, long gap) = (random.Next(1, 12), random.Next(1, 4));
            Reading[] readings = [.. Enumerable.Range(0, random.Next(40)).Select(id => new Reading(id, random.Next(2), 1_000 + random.Next(instants), id))];
            var source = new TestSource<Reading>();
            var results = new TestSink<(int Key, string Text)>();
            var builder = new TopologyBuilder("sessions");
            builder.From("source", source)
                .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(100)))
                .KeyBy(reading => reading.Key)
                .Window(Sessions.WithGap(TimeSpan.FromTicks(gap)), AllowedLateness.None)
                .Aggregate("sessions", Aggregates.Combine(
                    Aggregates.First<Reading, int>(reading => reading.Id),
                    Aggregates.Last<Reading, int>(reading => reading.Id),
                    Aggregates.Collect<Reading, int>(reading => reading.Id),
                    (first, last, all) => $"{first} {last}: {string.Join(' ', all)}"))
                .Select(result => (result.Key, result.Value))
                .To("results", results);
            using TestJob job = TestJob.Start(builder.Build(), TestJobOptions.FromSeed(seed));
            source.AddRange(readings);
            source.End();
            job.RunToEnd();

            results.Values.Order().Should().Equal(Expected().Order());

            IEnumerable<(int Key, string Text)> Expected()
            {
                foreach (IGrouping<int, Reading> key in readings.GroupBy(reading => reading.Key))
                {
                    Reading[] inOrder = [.. key.OrderBy(reading => reading.Time)];
                    int start = 0;
                    for (int end = 1; end <= inOrder.Length; end++)
                    {
                        if (end == inOrder.Length || inOrder[end].Time - inOrder[end - 1].Time >= gap)
                        {
                            yield return (key.Key, $"{inOrder[start].Id} {inOrder[end - 1].Id}: {string.Join(' ', inOrder[start..end].Select(reading => reading.Id))}");
                            start = end;
                        }
                    }
                }
            }
        });

    [Test]
    public void Give_the_same_whatever_the_room() => Property.Holds(
        HostileInputs.Create,
        input =>
        {
            var random = new Random(input.Seed);
            (long gap, long lateness) = (random.Next(1, 30), random.Next(2) * random.Next(30));
            Aggregation<Reading, int> aggregation = Aggregates.FromMergeable<Reading, int, int, Fragile>();
            Hostile.SameWhateverTheRoom<Reading, WindowResult<int, int>>(
                input.Inputs,
                input.BatchSize,
                input.Seed,
                (next, late, deadLetters, counters, context) => aggregation.Accept(new SessionOperatorChoice<int, Reading, int>(
                    new(reading => reading.Key),
                    gap,
                    lateness,
                    new SideOutput<Reading>(late),
                    next,
                    counters,
                    HostileInputs.Errors(counters, deadLetters),
                    context)));
        });

    private static (WindowOutcome Outcome, IReadOnlyList<StepMetrics> Metrics) Run(WindowCase input)
    {
        var random = new Random(input.Seed);
        var gate = new Gate(new Random(input.Seed));
        var results = new CollectingSink<WindowResult<int, string>> { On = gate.PassAsync };
        var late = new CollectingSink<Reading> { On = gate.PassAsync, AllowsParallelWriters = true };
        var builder = new TopologyBuilder("sessions");
        builder.From("source", new ArraySource<Reading>(input.Partitions, _ => random.Next(1, input.ReadSize + 1)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)))
            .KeyBy(reading => reading.Key)
            .Window(Sessions.WithGap(TimeSpan.FromTicks(input.Size)), AllowedLateness.Of(TimeSpan.FromTicks(input.Lateness)))
            .Aggregate("sessions", Aggregates.FromMergeable<Reading, List<int>, string, Summary.Bag>(), out DataStream<Reading> lateReadings)
            .To("results", results);
        if (input.LateIsConsumed)
        {
            lateReadings.To("late", late);
        }

        IReadOnlyList<StepMetrics> metrics = builder.Build().Step(
            new JobOptions { Lanes = input.Lanes, BatchSize = input.BatchSize, ExchangeCapacity = input.ExchangeCapacity },
            new Random(input.Seed),
            gate);
        results.Records.Should().NotContain(
            record => record.Context.TimestampTicks != record.Value.Window.End.UtcTicks - 1, "a result bears the last instant of its window");
        WindowOutcome outcome = WindowOutcome.Of(
            results.Values.Select(result => (
                $"{result.Key}",
                result.Window.Start.UtcTicks,
                $"to {result.Window.End.UtcTicks}: {result.Value} {result.Timing} {result.Pane}")),
            late.Values.Select(reading => reading.Id),
            dropped: 0);
        return (outcome, metrics);
    }
}
