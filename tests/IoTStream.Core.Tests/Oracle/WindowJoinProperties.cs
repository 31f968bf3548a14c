using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Testing;
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

    [Test]
    public void A_co_group_lists_records_in_the_order_of_event_time_however_the_streams_interleave([Values] bool sessions) => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            (long size, long slide) = (random.Next(1, 8), random.Next(1, 8));
            slide = Math.Min(size, slide);
            (Reading[] left, Reading[] right) = (Readings(random), Readings(random));
            var (leftSource, rightSource, results) = (new TestSource<Reading>(), new TestSource<Reading>(), new TestSink<string>());
            var builder = new TopologyBuilder("co-group");
            WindowSpec windows = sessions ? Sessions.WithGap(TimeSpan.FromTicks(size)) : Sliding.Of(TimeSpan.FromTicks(size), TimeSpan.FromTicks(slide));
            Keyed("left", leftSource).Join(Keyed("right", rightSource), windows, AllowedLateness.None)
                .CoGroup("join", (key, window, l, r) => Listed(key, window.Start.UtcTicks, l, r))
                .Select(result => result.Value)
                .To("results", results);
            using TestJob job = TestJob.Start(builder.Build(), TestJobOptions.FromSeed(seed));
            leftSource.AddRange(left);
            rightSource.AddRange(right);
            leftSource.End();
            rightSource.End();
            job.RunToEnd();

            results.Values.Order().Should().Equal(Listings().Order());

            KeyedStream<int, Reading> Keyed(string name, TestSource<Reading> source) => builder.From(name, source)
                .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(50)))
                .KeyBy(reading => reading.Key);

            IEnumerable<string> Listings()
            {
                foreach (IGrouping<int, Reading> key in left.Concat(right).GroupBy(reading => reading.Key))
                {
                    foreach ((long start, long end) in sessions ? SessionsOf(key) : WindowsOf(key))
                    {
                        yield return Listed(key.Key, start, Within(left), Within(right));

                        IEnumerable<Reading> Within(Reading[] side) => side
                            .Where(reading => reading.Key == key.Key && reading.Time >= start && reading.Time < end)
                            .OrderBy(reading => reading.Time);
                    }
                }
            }

            IEnumerable<(long Start, long End)> WindowsOf(IEnumerable<Reading> readings) => readings
                .SelectMany(reading => Enumerable.Range(0, (int)size).Select(back => reading.Time - back))
                .Where(start => start % slide == 0)
                .Distinct()
                .Select(start => (start, start + size));

            IEnumerable<(long Start, long End)> SessionsOf(IEnumerable<Reading> readings)
            {
                long[] times = [.. readings.Select(reading => reading.Time).Order()];
                int first = 0;
                for (int next = 1; next <= times.Length; next++)
                {
                    if (next == times.Length || times[next] - times[next - 1] >= size)
                    {
                        yield return (times[first], times[next - 1] + size);
                        first = next;
                    }
                }
            }
        });

    private static Reading[] Readings(Random random) =>
        [.. Enumerable.Range(0, random.Next(25)).Select(id => new Reading(id, random.Next(2), 1_000 + random.Next(20), id))];

    private static string Listed(int key, long start, IEnumerable<Reading> left, IEnumerable<Reading> right) =>
        $"{key} {start}: {string.Join(' ', left.Select(reading => reading.Id))} | {string.Join(' ', right.Select(reading => reading.Id))}";

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
