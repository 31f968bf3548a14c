using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>One process operator under given batches, watermarks and times of the clock, against the oracle, whatever the room.</summary>
[Parallelizable(ParallelScope.All)]
public class KeyedProcessOperatorTests
{
    [Test]
    public void Gives_what_the_definition_says_in_the_order_in_which_it_says_it() => Property.Holds(
        random => (
            Program: ProcessProgram.Create(random, usesEventTimers: random.Next(4) > 0, usesProcessingTimers: random.Next(2) > 0),
            InOrder: random.Next(2) == 0,
            Seed: random.Next()),
        run =>
        {
            foreach (bool hostile in (bool[])[false, true])
            {
                Check(run.Program, run.InOrder, run.Seed, hostile);
            }
        });

    private static void Check(ProcessProgram program, bool inOrder, int seed, bool hostile)
    {
        var random = new Random(seed);
        var clock = new FakeClock();
        int batchSize = random.Next(1, 6);
        var context = new OperatorContext(0, batchSize, clock);
        var squeeze = new Squeeze(context, hostile ? new Random(seed) : null);
        var counters = new StepCounters("process", 0);
        Probe<ProcessEvent> next = squeeze.Output<ProcessEvent>();
        Probe<ProcessEvent> aside = squeeze.Output<ProcessEvent>();
        Probe<DeadLetter> letters = squeeze.Output<DeadLetter>();
        var target = new KeyedProcessOperator<int, Reading, ProcessEvent>(
            new ScriptedProcess(program),
            inOrder ? EventOrder.InOrder : EventOrder.Arrival,
            new(reading => reading.Key),
            [new TaggedOutput(ScriptedProcess.Aside, new SideOutput<ProcessEvent>(aside))],
            next,
            counters,
            new ErrorHandler(ErrorPolicy.DeadLetter, counters, new SideOutput<DeadLetter>(letters)),
            context);
        var oracle = new ProcessOracle(program, clock.GetUtcNow().UtcTicks);
        long time = 1000;
        long watermark = long.MinValue;
        int id = 0;
        for (int i = random.Next(60); i > 0; i--)
        {
            switch (random.Next(4))
            {
                case 0:
                    watermark = time += random.Next(1, 20);
                    squeeze.Change();
                    target.OnWatermark(watermark);
                    oracle.Advance(watermark);
                    break;
                case 1:
                    // What the clock says when something is processed is the same only if nothing waits.
                    squeeze.Settle();
                    int by = random.Next(20);
                    clock.Advance(TimeSpan.FromTicks(by));
                    oracle.AdvanceClock(by);
                    if (target.Deadline <= clock.GetTimestamp())
                    {
                        target.OnTime(clock.GetTimestamp());
                    }

                    squeeze.Settle();
                    (target.Deadline > clock.GetTimestamp()).Should().BeTrue("what is due has fired");
                    break;
                default:
                    squeeze.Settle(() => target.IsReady);
                    Reading[] readings =
                    [
                        .. Enumerable.Range(0, random.Next(1, batchSize + 1))
                            .Select(_ => new Reading(id++, random.Next(4), time + random.Next(inOrder ? 0 : -40, 20), random.Next(100)))
                            .OrderBy(reading => inOrder ? reading.Time : 0),
                    ];
                    time = Math.Max(time, inOrder ? readings[^1].Time : 0);
                    foreach (Reading reading in readings)
                    {
                        if (inOrder)
                        {
                            oracle.Advance(reading.Time - 1);
                        }

                        oracle.OnRecord(reading);
                    }

                    target.Push([.. readings.Select(reading => (reading.Time, reading))]);
                    break;
            }
        }

        squeeze.Settle();
        oracle.Advance(long.MaxValue);
        target.OnWatermark(Watermark.End);
        target.OnEnd();
        squeeze.Settle();

        int at = next.Values.Zip(oracle.Results).TakeWhile(pair => pair.First == pair.Second).Count();
        string.Join('\n', next.Values.Skip(at - 9)).Should().Be(string.Join('\n', oracle.Results.Skip(at - 9)), "the first {0} results agree", at);
        next.Records.Select(record => record.Context.TimestampTicks).Should().Equal(oracle.Results.Select(result => result.Timestamp));
        aside.Values.Should().Equal(oracle.Aside);
        letters.Values.Should().HaveCount(oracle.Errors);
        (counters.Errors, counters.DeadLetters, counters.Dropped).Should().Be((oracle.Errors, oracle.Errors, 0));
        (next.Unasked + aside.Unasked + letters.Unasked).Should().Be(0);
        next.BatchSizes.Concat(aside.BatchSizes).Concat(letters.BatchSizes).Should().NotContain(size => size > batchSize);
        (next.Watermark, aside.Watermark, letters.Watermark).Should().Be((Watermark.End, Watermark.End, Watermark.End));
        (next.HasEnded && aside.HasEnded && letters.HasEnded).Should().BeTrue();
        target.Deadline.Should().Be(long.MaxValue, "timers by processing time do not outlive the stream");
    }
}
