using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Joins by windows on random input against their definition.</summary>
[Parallelizable(ParallelScope.All)]
public class WindowJoinProperties
{
    [Test]
    public void Streams_without_late_records_give_what_the_definition_says_however_they_interleave() => Property.Holds(
        random => JoinCase.Create(random).WithoutLateRecords(),
        input =>
        {
            string[] expected = [.. Expected(input).Order(StringComparer.Ordinal)];

            JoinRun run = JoinRun.Of(input, new Describer(input));

            run.Results.Order(StringComparer.Ordinal).Should().Equal(expected);
            run.LateLeft.Concat(run.LateRight).Should().BeEmpty();
            StepMetrics join = run.Metrics.Of("join");
            join.RecordsIn.Should().Be(input.Left.Length + (input.IsSelfJoin ? input.Left : input.Right).Length);
            (join.Late + join.Dropped).Should().Be(0);
            run.Metrics.Of("after").Late.Should().Be(0);
        },
        input => input.Shrink());

    [Test]
    public void Every_record_is_in_its_windows_or_late() => Property.Holds(
        random => JoinCase.Create(random) with { LateIsConsumed = true, FailsEvery = 0, Choice = 0 },
        input =>
        {
            JoinRun run = JoinRun.Of(input, new Describer(input));

            foreach ((Reading[] readings, IEnumerable<int> late, int part) in ((Reading[], IEnumerable<int>, int)[])[
                (input.Left, run.LateLeft, 1), (input.IsSelfJoin ? input.Left : input.Right, run.LateRight, 2)])
            {
                HashSet<int> taken = [.. run.Results.SelectMany(text => text.Split(" at ")[0].Split('|')[part].Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)];
                late.Should().OnlyHaveUniqueItems();
                taken.Overlaps(late).Should().BeFalse();
                taken.Union(late).Should().HaveCount(readings.Length);
            }
        },
        input => input.Shrink());

    private static long Size(JoinCase input) => 1 + (input.First & 15);

    private static long Slide(JoinCase input) => input.Choice % 2 == 0 ? Size(input) : 1 + (input.Seed % Size(input));

    private static IEnumerable<string> Expected(JoinCase input)
    {
        Reading[] rights = input.IsSelfJoin ? input.Left : input.Right;
        var windows = input.Left.Select(reading => (reading, IsRight: false)).Concat(rights.Select(reading => (reading, IsRight: true)))
            .SelectMany(record => StartsOf(input, record.reading.Time).Select(start => (record, start)))
            .GroupBy(pair => (pair.record.reading.Key, pair.start), pair => pair.record);
        foreach (var window in windows)
        {
            Reading[] left = [.. window.Where(record => !record.IsRight).Select(record => record.reading)];
            Reading[] right = [.. window.Where(record => record.IsRight).Select(record => record.reading)];
            string suffix = $" at {window.Key.start + Size(input) - 1}";
            if (input.Choice < 2)
            {
                yield return Group(left, right, WindowTiming.OnTime) + suffix;
                continue;
            }

            foreach ((Reading l, Reading r) in left.SelectMany(l => right.Select(r => (l, r))).Where(pair => !input.Fails(pair.l, pair.r)))
            {
                yield return $"{l.Id} {r.Id} OnTime" + suffix;
            }
        }
    }

    private static IEnumerable<long> StartsOf(JoinCase input, long time)
    {
        for (long start = time - Size(input) + 1; start <= time; start++)
        {
            if (start % Slide(input) == 0)
            {
                yield return start;
            }
        }
    }

    private static string Group(IEnumerable<Reading> left, IEnumerable<Reading> right, WindowTiming timing) =>
        $"{timing}|{string.Join(' ', left.Select(reading => reading.Id).Order())}|{string.Join(' ', right.Select(reading => reading.Id).Order())}";

    private sealed class Describer(JoinCase input) : JoinRun.IDescriber
    {
        public DataStream<string> Describe<TKey>(
            KeyedStream<TKey, Reading> left, KeyedStream<TKey, Reading> right, out DataStream<Reading>? lateLeft, out DataStream<Reading>? lateRight)
            where TKey : notnull
        {
            ErrorPolicy onError = input.FailsEvery > 0 ? ErrorPolicy.DeadLetter : ErrorPolicy.Fail;
            WindowJoin<TKey, Reading, Reading> join = left.Join(
                right,
                Sliding.Of(TimeSpan.FromTicks(Size(input)), TimeSpan.FromTicks(Slide(input))),
                AllowedLateness.Of(TimeSpan.FromTicks(input.Lateness)));
            return input.Choice < 2
                ? join.CoGroup("join", (_, _, l, r) => (l, r), out lateLeft, out lateRight)
                    .Select(result => Group(result.Value.l, result.Value.r, result.Timing))
                : join.Select("join", Text, out lateLeft, out lateRight, onError).Select(result => $"{result.Value} {result.Timing}");
        }

        private string Text(Reading left, Reading right) =>
            input.Fails(left, right) ? throw new InvalidOperationException("no result") : $"{left.Id} {right.Id}";
    }
}
