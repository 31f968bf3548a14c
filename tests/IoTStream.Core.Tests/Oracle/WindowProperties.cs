using IoTStream.Core.Tests.Support;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Windows and watermarks on random input, against an oracle where the outcome is determined, else by what must hold in any case.</summary>
[Parallelizable(ParallelScope.All)]
public class WindowProperties
{
    [Test]
    public void One_partition_gives_what_the_definition_says() => Property.Holds(
        random => WindowCase.Create(random, partitions: 1),
        input =>
        {
            WindowOutcome expected = WindowOracle.Compute(input);

            WindowRun run = WindowRun.OfOneSource(input);

            WindowOutcome actual = run.Outcome;
            if (!input.LateIsConsumed)
            {
                expected = expected with { Late = [] };
            }

            actual.Results.Should().Equal(expected.Results);
            actual.Late.Should().Equal(expected.Late);
            StepMetrics window = run.Metrics.Of("window");
            window.RecordsIn.Should().Be(input.Readings.Count());
            window.RecordsOut.Should().Be(expected.Results.Count);
            window.Late.Should().Be(input.LateIsConsumed ? expected.Late.Count : expected.Dropped);
            window.Dropped.Should().Be(expected.Dropped);
        },
        input => input.Shrink());

    [Test]
    public void Windows_that_share_slices_give_what_each_alone_would() => Property.Holds(
        random => WindowCase.Create(random, partitions: 1).WithOthers(random) with { LateIsConsumed = true },
        input =>
        {
            WindowOutcome[] expected = [.. input.Each.Select(WindowOracle.Compute)];

            WindowRun run = WindowRun.OfOneSource(input);

            run.Outcome.Results.Order(StringComparer.Ordinal).Should().Equal(
                expected.SelectMany(outcome => outcome.Results).Order(StringComparer.Ordinal));
            run.Outcome.Late.Should().Equal(
                expected.Select(outcome => outcome.Late).Aggregate((late, other) => [.. late.Intersect(other)]), "a record is late if it is so for all windows");
        },
        input => input.Shrink());

    [Test]
    public void Several_partitions_give_the_same_however_they_interleave_if_none_of_their_records_is_late() => Property.Holds(
        random => WindowCase.Create(random, partitions: random.Next(2, 6)).WithoutLateRecords(),
        input => AllOnTime(input, WindowRun.OfOneSource(input)),
        input => input.Shrink());

    [Test]
    public void Several_sources_give_the_same_however_they_interleave_if_none_of_their_records_is_late() => Property.Holds(
        random => WindowCase.Create(random, partitions: random.Next(2, 5)).WithoutLateRecords(),
        input => AllOnTime(input, WindowRun.OfUnion(input, timedBefore: input.Seed % 2 == 0)),
        input => input.Shrink());

    [Test]
    public void Every_record_of_several_partitions_is_in_its_windows_or_late() => Property.Holds(
        random => WindowCase.Create(random, partitions: random.Next(2, 6)) with
        {
            Summary = Array.Find(Summary.All, summary => summary.Name == "bag")!,
            LateIsConsumed = true,
        },
        input =>
        {
            WindowRun run = WindowRun.OfOneSource(input);

            HashSet<int> late = [.. run.Outcome.Late];
            run.Outcome.Late.Should().OnlyHaveUniqueItems();
            var taken = new HashSet<int>();
            foreach (IGrouping<(string, long), (string Key, long Start, string Text)> window in run.Results.GroupBy(result => (result.Key, result.Start)))
            {
                HashSet<int> before = [];
                foreach ((_, _, string text) in window)
                {
                    HashSet<int> contents = [.. text.Split(' ')[..^1].Select(int.Parse)];
                    bool isLate = text.Contains(nameof(WindowTiming.Late), StringComparison.Ordinal);
                    bool isNext = contents.IsProperSupersetOf(before) && (!isLate || contents.Count == before.Count + 1) && (isLate || before.Count == 0);
                    isNext.Should().BeTrue("first comes the result on time, then one more for each late record, but {0} came after {1}", text, before);
                    before = contents;
                }

                taken.UnionWith(before);
            }

            // A straggler can be too late for some of its windows and still be taken into the others.
            taken.Overlaps(late).Should().BeFalse();
            taken.Union(late).Should().HaveCount(input.Readings.Count(), "every record is either in a window or late");
        },
        input => input.Shrink());

    private static void AllOnTime(WindowCase input, WindowRun run)
    {
        var windows = input.Readings
            .SelectMany(reading => WindowOracle.StartsOf(input, reading.Time).Select(start => (reading, start)))
            .GroupBy(pair => (pair.reading.Key, pair.start), pair => pair.reading);

        // In which order the partitions' records arrive is open; the sequence aggregate is compared as a set.
        WindowOutcome expected = WindowOutcome.Of(
            windows.Select(window => (
                WindowOracle.KeyText(input, window.Key.Key),
                window.Key.start,
                $"{Unordered(input, input.Summary.Expected([.. window]))} {WindowTiming.OnTime}/0")),
            [],
            dropped: 0);
        WindowOutcome actual = WindowOutcome.Of(
            run.Results.Select(result => (
                result.Key,
                result.Start,
                $"{Unordered(input, result.Text[..result.Text.LastIndexOf(' ')])}{result.Text[result.Text.LastIndexOf(' ')..]}")),
            run.Outcome.Late,
            run.Outcome.Dropped);
        actual.Results.Should().Equal(expected.Results);
        actual.Late.Should().BeEmpty();
        actual.Dropped.Should().Be(0);
    }

    private static string Unordered(WindowCase input, string text) =>
        input.Summary.Name == "sequence" ? string.Join(' ', text.Split(' ').Select(int.Parse).Order()) : text;
}
