using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>The base of operators with two inputs: what comes out does not depend on when there is room, and no watermark overtakes a result.</summary>
[Parallelizable(ParallelScope.All)]
public class TwoInputOperatorTests
{
    [Test]
    public void Gives_the_same_whatever_the_room() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            Trial calm = Run(seed, hostile: false);
            Trial hostile = Run(seed, hostile: true);

            hostile.Next.Values.Should().Equal(calm.Next.Values);
            hostile.Aside.Values.Should().Equal(calm.Aside.Values);
            BeforeBarriers(hostile.Next).Should().Equal(BeforeBarriers(calm.Next));
            BeforeBarriers(hostile.Aside).Should().Equal(BeforeBarriers(calm.Aside));
            BeforeBarriers(hostile.Letters).Should().Equal(BeforeBarriers(calm.Letters));
            hostile.Letters.Values.Select(letter => letter.Element).Should().Equal(calm.Letters.Values.Select(letter => letter.Element));
            foreach (Trial trial in (Trial[])[calm, hostile])
            {
                (trial.Next.Unasked + trial.Aside.Unasked + trial.Letters.Unasked).Should().Be(0);
                trial.Next.BatchSizes.Concat(trial.Aside.BatchSizes).Concat(trial.Letters.BatchSizes).Should().NotContain(size => size > trial.BatchSize);
                (trial.Next.HasEnded && trial.Aside.HasEnded && trial.Letters.HasEnded).Should().BeTrue();
                (trial.Next.Watermark, trial.Aside.Watermark, trial.Letters.Watermark).Should().Be((Watermark.End, Watermark.End, Watermark.End));
                Overtaken(trial.Next).Should().BeEmpty("what was kept for a watermark comes before it");
            }
        });

    /// <summary>Results of watermarks that came after the watermark itself.</summary>
    private static List<string> Overtaken(Probe<string> probe)
    {
        long watermark = Watermark.None;
        List<string> overtaken = [];
        foreach (string entry in probe.Log)
        {
            if (entry.StartsWith("w:", StringComparison.Ordinal))
            {
                watermark = entry == "w:end" ? Watermark.End : long.Parse(entry.AsSpan(2));
            }
            else if (entry.StartsWith("kept:", StringComparison.Ordinal) && long.Parse(entry.AsSpan(5)) <= watermark)
            {
                overtaken.Add(entry);
            }
        }

        return overtaken;
    }

    /// <summary>How many records came before each barrier.</summary>
    private static IEnumerable<(string Barrier, int Records)> BeforeBarriers<T>(Probe<T> probe) => probe.Log
        .Index()
        .Where(entry => entry.Item.StartsWith("b:", StringComparison.Ordinal))
        .Select(entry => (entry.Item, probe.Log.Take(entry.Index).Count(before => before[1] != ':' && before is not "end")));

    private static Trial Run(int seed, bool hostile)
    {
        var random = new Random(seed);
        int batchSize = random.Next(1, 6);
        var context = new OperatorContext(0, batchSize, TimeProvider.System);
        var squeeze = new Squeeze(context, hostile ? new Random(seed) : null);
        var trial = new Trial(squeeze.Output<string>(), squeeze.Output<string>(), squeeze.Output<DeadLetter>(), batchSize);
        var counters = new StepCounters("step", 0);
        var target = new Keeping(
            new SideOutput<string>(trial.Aside),
            trial.Next,
            counters,
            new ErrorHandler(ErrorPolicy.DeadLetter, counters, new SideOutput<DeadLetter>(trial.Letters)),
            context);
        long[] times = [100, 100];
        bool[] behind = [false, false];
        long epoch = 0;
        for (int i = random.Next(40); i > 0; i--)
        {
            int input = behind[0] ? 1 : behind[1] ? 0 : random.Next(2);
            Operator<int> port = input == 0 ? target.Left : target.Right;
            if (random.Next(6) == 0)
            {
                // The next barrier comes only when everybody has passed the one before it.
                squeeze.Settle(() => epoch == 0 || behind[1 - input] || trial.Next.Log.Contains($"b:{epoch}"));
                epoch += behind[1 - input] ? 0 : 1;
                port.OnBarrier(epoch);
                behind[input] = !behind[1 - input];
                behind[1 - input] = false;
            }
            else if (random.Next(3) == 0)
            {
                squeeze.Change();
                port.OnWatermark(times[input] += random.Next(1, 20));
            }
            else
            {
                squeeze.Settle(() => port.IsReady);
                port.Push([.. Enumerable.Range(0, random.Next(1, batchSize + 1)).Select(_ => (times[input] + random.Next(1, 30), random.Next(10)))]);
            }
        }

        foreach (Operator<int> port in (Operator<int>[])[target.Left, target.Right])
        {
            port.OnWatermark(Watermark.End);
            port.OnEnd();
        }

        squeeze.Settle();
        return trial;
    }

    private sealed record Trial(Probe<string> Next, Probe<string> Aside, Probe<DeadLetter> Letters, int BatchSize);

    /// <summary>Gives several results a record, some of them aside, fails now and then, and keeps some until the watermark has passed them.</summary>
    private sealed class Keeping(SideOutput<string> aside, Operator<string> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : TwoInputOperator<int, int, string>(inputs: 2, [aside], next, counters, errors, context)
    {
        private readonly List<(long Time, RecordOrigin Origin)> _kept = [];

        protected override int OnLeft(scoped in Batch<int> batch) => Take("left", in batch);

        protected override int OnRight(scoped in Batch<int> batch) => Take("right", in batch);

        protected override bool OnEventTime(long watermark)
        {
            while (_kept.Count > 0 && _kept.MinBy(kept => kept.Time) is var first && first.Time <= watermark)
            {
                if (IsFull)
                {
                    return false;
                }

                _kept.Remove(first);
                Emit(first.Time, $"kept:{first.Time}", first.Origin);
            }

            return true;
        }

        private int Take(string side, scoped in Batch<int> batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                if (IsFull)
                {
                    return i;
                }

                int value = batch.Values[i];
                _kept.Add((batch.Timestamps[i], batch.Origins[i]));
                if (value == 0)
                {
                    Errors.Handle(new FormatException(), value, batch.Context(i));
                }

                for (int result = 0; result < value; result++)
                {
                    if (result % 3 == 2)
                    {
                        aside.Add($"{side} {value}.{result}", batch.Context(i));
                    }
                    else
                    {
                        Emit(batch.Timestamps[i], $"{side} {value}.{result}", batch.Origins[i]);
                    }
                }
            }

            return batch.Count;
        }
    }
}
