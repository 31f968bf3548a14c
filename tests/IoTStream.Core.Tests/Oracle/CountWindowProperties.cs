using System.Globalization;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>
/// Windows counted in records, and global ones, on random input. The records of a key come from one partition, so that their order is
/// determined, and with it everything.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class CountWindowProperties
{
    [Test]
    public void Every_window_holds_its_number_of_records_in_the_order_of_their_arrival() => Property.Holds(
        random => (Input: Case(random), Size: random.Next(1, 12), Every: random.Next(1, 12), OnlyComplete: random.Next(2) == 0),
        test =>
        {
            (KeyedWindowCase input, int size, int every, bool onlyComplete) = test;
            every = Math.Min(size, every);
            CountWindows windows = CountWindows.Of(size, every);
            List<(int Key, string Text)> expected = [];
            int dropped = 0;
            foreach (IGrouping<int, Reading> key in input.Readings.GroupBy(reading => reading.Key))
            {
                Reading[] readings = [.. key];
                HashSet<Reading> shown = [];
                for (int start = 0; start < readings.Length; start += every)
                {
                    List<Reading> held = [.. readings.Skip(start).Take(size)];
                    if (held.Count == size || !onlyComplete)
                    {
                        expected.Add((key.Key, Text(input.Summary.Expected(held), held, WindowTiming.OnTime, 0)));
                        shown.UnionWith(held);
                    }
                }

                dropped += readings.Length - shown.Count;
            }

            Outcome outcome = Run(input, keyed => keyed.Window(onlyComplete ? windows.OnlyComplete() : windows));

            outcome.Results.OrderBy(result => result.Key).Should().Equal(expected.OrderBy(result => result.Key));
            outcome.Window.Dropped.Should().Be(dropped);
            outcome.Window.RecordsOut.Should().Be(expected.Count);
        },
        test => test.Input.Shrink().Select(input => test with { Input = input }));

    [Test]
    public void A_global_window_gives_a_result_every_so_many_records_and_one_at_the_end() => Property.Holds(
        random => (Input: Case(random), Every: random.Next(1, 12), Discards: random.Next(2) == 0),
        test =>
        {
            (KeyedWindowCase input, int every, bool discards) = test;
            List<(int Key, string Text)> expected = [];
            foreach (IGrouping<int, Reading> key in input.Readings.GroupBy(reading => reading.Key))
            {
                Reading[] readings = [.. key];
                int pane = 0;
                for (int end = every; end <= readings.Length; end += every)
                {
                    Give(readings, discards ? end - every : 0, end, WindowTiming.Early, pane++);
                }

                if (!discards || readings.Length % every > 0)
                {
                    Give(readings, discards ? readings.Length - (readings.Length % every) : 0, readings.Length, WindowTiming.OnTime, pane);
                }

                void Give(Reading[] all, int from, int to, WindowTiming timing, int number)
                {
                    List<Reading> held = [.. all[from..to]];
                    List<Reading> soFar = [.. all[..to]];
                    expected.Add((key.Key, Text(input.Summary.Expected(held), soFar, timing, number)));
                }
            }

            Trigger trigger = Triggers.EarlyEvery(every);
            Outcome outcome = Run(input, keyed => keyed.GlobalWindow(discards ? trigger.Discard() : trigger));

            outcome.Results.Select(WithoutStart).OrderBy(result => result.Key)
                .Should().Equal(expected.Select(WithoutStart).OrderBy(result => result.Key));
        },
        test => test.Input.Shrink().Select(input => test with { Input = input }));

    [Test]
    public void A_global_window_gives_a_result_when_event_time_asks_for_it_however_far_apart_records_are() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            (long stretch, bool discards) = (random.NextInt64(1, 30), random.Next(2) == 0);
            long time = DateTimeOffset.UnixEpoch.UtcTicks;
            Reading[] readings = [.. Enumerable.Range(0, random.Next(40)).Select(id =>
                new Reading(id, random.Next(3), time += random.Next(10) == 0 ? TimeSpan.FromDays(1000).Ticks : random.Next(-5, 20), id))];
            Trigger trigger = Triggers.EarlyEveryEventTime(TimeSpan.FromTicks(stretch));
            var source = new TestSource<Reading>();
            var results = new TestSink<(int Key, string Text)>();
            var builder = new TopologyBuilder("global");
            builder.From("source", source)
                .WithEventTime(reading => reading.Timestamp, Watermarks.Monotonous())
                .KeyBy(reading => reading.Key)
                .GlobalWindow(discards ? trigger.Discard() : trigger)
                .Aggregate("window", Aggregates.Count<Reading>())
                .Select(result => (result.Key, $"{result.Value} {result.Timing} {result.Pane}"))
                .To("results", results);
            using TestJob job = TestJob.Start(builder.Build(), TestJobOptions.FromSeed(seed));
            foreach (Reading reading in readings)
            {
                source.Add(reading);
                job.Settle();
            }

            source.End();
            job.RunToEnd();

            results.Values.OrderBy(result => result.Key).Should().Equal(Expected().OrderBy(result => result.Key));

            IEnumerable<(int Key, string Text)> Expected()
            {
                var keys = readings.Select(reading => reading.Key).Distinct().ToDictionary(key => key, _ => (All: 0, New: 0, Pane: 0));
                long reached = long.MinValue;
                foreach (Reading reading in readings)
                {
                    keys[reading.Key] = keys[reading.Key] with { All = keys[reading.Key].All + 1, New = keys[reading.Key].New + 1 };
                    long watermark = Math.Max(reached, reading.Time - 1);
                    bool isOver = (watermark + 1) / stretch > (reached + 1) / stretch;
                    reached = watermark;
                    foreach (int key in keys.Keys.Where(key => isOver && keys[key].New > 0))
                    {
                        yield return Give(key, WindowTiming.Early);
                    }
                }

                // With the end of the input all stretches are over, and the window with them.
                foreach (int key in keys.Keys)
                {
                    if (keys[key].New > 0)
                    {
                        yield return Give(key, WindowTiming.Early);
                    }

                    if (!discards)
                    {
                        yield return Give(key, WindowTiming.OnTime);
                    }
                }

                (int Key, string Text) Give(int key, WindowTiming timing)
                {
                    (int all, int fresh, int pane) = keys[key];
                    keys[key] = (all, 0, pane + 1);
                    return (key, $"{(discards ? fresh : all)} {timing} {pane}");
                }
            }
        });

    private static KeyedWindowCase Case(Random random) => KeyedWindowCase.WithDeviceTime(random, pauses: false);

    private static string Text(string value, List<Reading> records, WindowTiming timing, int pane) =>
        $"{records.Min(record => record.Time)}:{records.Max(record => record.Time)}: {value} {timing} {pane}";

    /// <summary>The global window starts with time itself.</summary>
    private static (int Key, string Text) WithoutStart((int Key, string Text) result) =>
        result with { Text = result.Text[(result.Text.IndexOf(':') + 1)..] };

    private static Outcome Run(KeyedWindowCase input, Func<KeyedStream<int, Reading>, WindowedStream<int, Reading>> windows)
    {
        var run = new Visitor(input, windows);
        input.Summary.Accept(run);
        return run.Outcome!;
    }

    private sealed record Outcome(IReadOnlyList<(int Key, string Text)> Results, StepMetrics Window);

    private sealed class Visitor(KeyedWindowCase input, Func<KeyedStream<int, Reading>, WindowedStream<int, Reading>> windows) : ISummaryVisitor
    {
        public Outcome? Outcome { get; private set; }

        public object Visit<TResult>(Aggregation<Reading, TResult> aggregation)
        {
            var source = new TestSource<Reading>(input.Partitions);
            var results = new TestSink<(int Key, string Text)>();
            var builder = new TopologyBuilder("counts");
            KeyedStream<int, Reading> keyed = builder.From("source", source)
                .WithEventTime(reading => reading.Timestamp, Watermarks.Monotonous())
                .KeyBy(reading => reading.Key);
            windows(keyed).Aggregate("window", aggregation)
                .Select((result, context) => (result.Key, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Window.Start.Ticks}:{context.TimestampTicks}: {result.Value} {result.Timing} {result.Pane}")))
                .To("results", results);
            foreach ((int partition, Reading reading) in input.Portions.SelectMany(portion => portion.Records))
            {
                source[partition].Add(reading);
            }

            source.End();
            using TestJob job = TestJob.Start(builder.Build(), input.Options);
            job.RunToEnd();
            Outcome = new Outcome(results.Values, job.GetMetrics("window"));
            return this;
        }
    }
}
