using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Records that come twice, and keys that fall silent, on random input against an oracle.</summary>
[Parallelizable(ParallelScope.All)]
public class PresenceProperties
{
    [Test]
    public void Absences_are_the_gaps_between_timestamps() => Property.Holds(
        random => (Input: WindowCase.Create(random, partitions: random.Next(1, 4)).WithoutLateRecords(), After: random.Next(1, 20)),
        run =>
        {
            List<Presence<int>> expected = [];
            foreach (IGrouping<int, Reading> key in run.Input.Readings.GroupBy(reading => reading.Key).OrderBy(group => group.Key))
            {
                long[] times = [.. key.Select(reading => reading.Time).Order()];
                for (int i = 0; i < times.Length; i++)
                {
                    bool isLast = i + 1 == times.Length;
                    if (isLast || times[i + 1] - times[i] > run.After)
                    {
                        expected.Add(new(key.Key, IsPresent: false, At(times[i] + run.After), At(times[i])));
                        if (!isLast)
                        {
                            expected.Add(new(key.Key, IsPresent: true, At(times[i + 1]), At(times[i])));
                        }
                    }
                }
            }

            List<Presence<int>> actual = Run(run.Input, keyed => keyed.DetectAbsence("absence", TimeSpan.FromTicks(run.After)));

            actual.OrderBy(presence => presence.Key).Should().Equal(expected);
        },
        run => run.Input.Shrink().Select(smaller => (smaller, run.After)));

    [Test]
    public void What_comes_again_within_the_time_is_left_out() => Property.Holds(
        random => (Input: WindowCase.Create(random, partitions: 1), Within: random.Next(1, 30)),
        run =>
        {
            var passed = new Dictionary<(int, int), (long Time, long Expiry)>();
            List<int> expected = [];
            long watermark = long.MinValue;
            foreach (Reading reading in run.Input.Readings)
            {
                (int, int) id = (reading.Key, reading.Value % 3);
                bool isKnown = passed.TryGetValue(id, out (long Time, long Expiry) last) && last.Expiry > Math.Max(watermark, reading.Time);
                if (!isKnown || Math.Abs(last.Time - reading.Time) >= run.Within)
                {
                    expected.Add(reading.Id);
                    long latest = isKnown ? Math.Max(last.Time, reading.Time) : reading.Time;
                    passed[id] = (latest, isKnown ? Math.Max(last.Expiry, Math.Max(watermark, reading.Time) + run.Within) : Math.Max(watermark, reading.Time) + run.Within);
                }

                watermark = Math.Max(watermark, reading.Time - run.Input.Bound - 1);
            }

            List<int> actual = Run(run.Input, keyed => keyed
                .Deduplicate("once", reading => reading.Value % 3, TimeSpan.FromTicks(run.Within))
                .Process<int, int>("ids", () => 0, (ref int _, Reading reading, KeyedProcessContext<int, int> context) => context.Emit(reading.Id)));

            actual.Order().Should().Equal(expected.Order());
        },
        run => run.Input.Shrink().Select(smaller => (smaller, run.Within)));

    [Test]
    public void By_the_clock_a_key_is_absent_when_it_has_been_silent()
    {
        var clock = new FakeClock();
        var context = new OperatorContext(0, 16, clock);
        var counters = new StepCounters("absence", 0);
        var probe = new Probe<Presence<int>>();
        var target = new KeyedProcessOperator<int, Reading, Presence<int>>(
            new AbsenceDetection<int, Reading>(TimeSpan.FromSeconds(10), TimerKind.ProcessingTime),
            EventOrder.Arrival,
            new(reading => reading.Key),
            [],
            probe,
            counters,
            new ErrorHandler(ErrorPolicy.Fail, counters, deadLetters: null),
            context);
        DateTimeOffset start = clock.GetUtcNow();

        Push(1);
        Advance(6);
        Push(1);
        Advance(9);
        probe.Values.Should().BeEmpty();
        Advance(1);
        Advance(100);
        Push(1);
        Advance(10);

        probe.Values.Should().Equal(
            new Presence<int>(1, IsPresent: false, start.AddSeconds(16), start.AddSeconds(6)),
            new Presence<int>(1, IsPresent: true, start.AddSeconds(116), start.AddSeconds(6)),
            new Presence<int>(1, IsPresent: false, start.AddSeconds(126), start.AddSeconds(116)));

        void Push(int key) => target.Push([(0, new Reading(0, key, 0, 0))]);

        void Advance(int seconds)
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            if (target.Deadline <= clock.GetTimestamp())
            {
                target.OnTime(clock.GetTimestamp());
            }
        }
    }

    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);

    private static List<TResult> Run<TResult>(WindowCase input, Func<KeyedStream<int, Reading>, DataStream<TResult>> step)
    {
        var gate = new Gate(new Random(input.Seed));
        var results = new CollectingSink<TResult> { On = gate.PassAsync };
        var random = new Random(input.Seed);
        var builder = new TopologyBuilder("presence");
        step(builder
            .From("source", new ArraySource<Reading>(input.Partitions, _ => random.Next(1, input.ReadSize + 1)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)))
            .KeyBy(reading => reading.Key)).To("results", results);
        Topology topology = builder.Build();
        topology.Step(
            new JobOptions { Lanes = input.Lanes, BatchSize = input.BatchSize, ExchangeCapacity = input.ExchangeCapacity },
            new Random(input.Seed),
            gate);
        return [.. results.Values];
    }
}
