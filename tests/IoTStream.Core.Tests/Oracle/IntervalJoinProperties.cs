using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Interval joins on random input against their definition: all pairs of records that are not late and close enough.</summary>
[Parallelizable(ParallelScope.All)]
public class IntervalJoinProperties
{
    [Test]
    public void Pairs_and_records_without_a_partner_are_what_the_definition_says() => Property.Holds(
        JoinCase.Create,
        input =>
        {
            Outcome expected = Expected(input);

            JoinRun run = JoinRun.Of(input, new Describer(input));

            run.Results.Order(StringComparer.Ordinal).Should().Equal(expected.Results.Order(StringComparer.Ordinal));
            run.LateLeft.Order().Should().Equal(input.LateIsConsumed ? expected.LateLeft : []);
            run.LateRight.Order().Should().Equal(input.LateIsConsumed ? expected.LateRight : []);
            run.DeadLetters.Should().HaveCount(expected.Failed).And.NotContain(letter => letter.Step != "join" || !(letter.Element is Reading));
            StepMetrics join = run.Metrics.Of("join");
            join.RecordsIn.Should().Be(input.Left.Length + (input.IsSelfJoin ? input.Left : input.Right).Length);
            join.RecordsOut.Should().Be(expected.Results.Count);
            join.Late.Should().Be(expected.LateLeft.Count + expected.LateRight.Count);
            join.Dropped.Should().Be(input.LateIsConsumed ? 0 : join.Late);
            join.Errors.Should().Be(expected.Failed);
            if (input.Lateness == 0)
            {
                run.Metrics.Of("after").Late.Should().Be(0, "results of records that are on time are on time too");
            }
        },
        input => input.Shrink());

    private static OuterJoin Outer(JoinCase input) => (OuterJoin)input.Choice;

    private static Outcome Expected(JoinCase input)
    {
        Reading[] rights = input.IsSelfJoin ? input.Left : input.Right;
        (List<Reading> left, List<Reading> lateLeft) = JoinCase.Divide(input.Left, input.LeftBound, input.Lateness);
        (List<Reading> right, List<Reading> lateRight) =
            JoinCase.Divide(rights, input.IsSelfJoin ? input.LeftBound : input.RightBound, input.Lateness);
        var outcome = new Outcome([], [.. lateLeft.Select(reading => reading.Id).Order()], [.. lateRight.Select(reading => reading.Id).Order()]);
        foreach (Reading l in left)
        {
            Reading[] partners = [.. right.Where(r => IsPair(input, l, r))];
            foreach (Reading r in partners)
            {
                outcome.Add(input, l, r, Math.Max(l.Time, r.Time));
            }

            if (partners.Length == 0 && Outer(input).HasFlag(OuterJoin.Left))
            {
                outcome.Add(input, l, null, GivenUp(input, l.Time, input.Second));
            }
        }

        if (Outer(input).HasFlag(OuterJoin.Right))
        {
            foreach (Reading r in right.Where(r => !left.Exists(l => IsPair(input, l, r))))
            {
                outcome.Add(input, null, r, GivenUp(input, r.Time, -(Int128)input.First));
            }
        }

        return outcome;
    }

    private static bool IsPair(JoinCase input, Reading left, Reading right) =>
        left.Key == right.Key && right.Time - left.Time >= input.First && right.Time - left.Time <= input.Second;

    /// <summary>The last instant of a partner; that of all time if it lies beyond.</summary>
    private static long GivenUp(JoinCase input, long time, Int128 bound) =>
        (long)Int128.Min(time + Int128.Max(bound, 0) + input.Lateness, DateTimeOffset.MaxValue.Ticks);

    private sealed record Outcome(List<string> Results, List<int> LateLeft, List<int> LateRight)
    {
        public int Failed { get; private set; }

        public void Add(JoinCase input, Reading? left, Reading? right, long timestamp)
        {
            if (input.Fails(left, right))
            {
                Failed++;
            }
            else
            {
                Results.Add($"{left?.Id} {right?.Id} at {timestamp}");
            }
        }
    }

    private sealed class Describer(JoinCase input) : JoinRun.IDescriber
    {
        public DataStream<string> Describe<TKey>(
            KeyedStream<TKey, Reading> left, KeyedStream<TKey, Reading> right, out DataStream<Reading>? lateLeft, out DataStream<Reading>? lateRight)
            where TKey : notnull
        {
            ErrorPolicy onError = input.FailsEvery > 0 ? ErrorPolicy.DeadLetter : ErrorPolicy.Fail;
            IntervalJoin<TKey, Reading, Reading> join = left.Join(
                right,
                JoinInterval.Between(TimeSpan.FromTicks(input.First), TimeSpan.FromTicks(input.Second)),
                AllowedLateness.Of(TimeSpan.FromTicks(input.Lateness)));
            return Outer(input) == OuterJoin.None
                ? join.Select("join", Text, out lateLeft, out lateRight, onError)
                : join.SelectOuter("join", Outer(input), Text, out lateLeft, out lateRight, onError);
        }

        private string Text(Reading? left, Reading? right) =>
            input.Fails(left, right) ? throw new InvalidOperationException("no result") : $"{left?.Id} {right?.Id}";
    }
}
