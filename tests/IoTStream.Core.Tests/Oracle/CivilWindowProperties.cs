using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Days, weeks and months of time zones around the instants at which clocks are changed, against what a clock shows for each record.</summary>
[Parallelizable(ParallelScope.All)]
public class CivilWindowProperties
{
    [Test]
    public void Windows_hold_what_a_clock_says_and_are_as_long_as_it_says()
    {
        _ = Zones.All;
        Property.Holds(Create, input => Compare(input, hasDeviceTime: false), Shrink);
    }

    [Test]
    public void So_do_windows_by_the_keys_own_time()
    {
        _ = Zones.All;
        Property.Holds(Create, input => Compare(input, hasDeviceTime: true), Shrink);
    }

    private static void Compare(Case input, bool hasDeviceTime)
    {
        WindowOutcome expected = Expected(input, hasDeviceTime);

        WindowOutcome actual = Actual(input, hasDeviceTime);

        actual.Results.Should().Equal(expected.Results);
        actual.Late.Should().Equal(expected.Late);
    }

    private static Case Create(Random random)
    {
        (TimeZoneInfo zone, long[] changes) = Zones.All[random.Next(Zones.All.Length)];
        string period = random.Next(3) switch { 0 => "weeks", 1 => "months", _ => "days" };
        var first = (DayOfWeek)random.Next(7);
        var oracle = new CivilOracle(zone, period, first);
        long change = changes[random.Next(changes.Length)];
        long spread = random.Next(1, period == "days" ? 3 : 40) * TimeSpan.TicksPerDay;
        long time = change - (spread / 2);
        int count = random.Next(1, 40);
        return new Case(
            zone,
            period,
            first,
            [.. Enumerable.Range(0, count).Select(id => new Reading(id, random.Next(3), Next(), 0))],
            Bound: random.Next(3) * random.NextInt64(spread / 4),
            Lateness: random.Next(3) * random.NextInt64(spread / 4),
            Lanes: random.Next(1, 4),
            BatchSize: random.Next(3) == 0 ? 1 : random.Next(2, 50),
            Seed: random.Next());

        long Next()
        {
            time += random.NextInt64(2 * spread / count);
            long late = time - (random.Next(3) * random.NextInt64(spread / 3) / 2);
            return random.Next(8) switch
            {
                0 => change + random.Next(-1, 2),
                1 => oracle.BoundsOf(late).Start - random.Next(2),
                2 => change + random.NextInt64(-2 * TimeSpan.TicksPerHour, 2 * TimeSpan.TicksPerHour),
                _ => late,
            };
        }
    }

    private static IEnumerable<Case> Shrink(Case input)
    {
        foreach (Case simpler in (Case[])[input with { Lanes = 1 }, input with { BatchSize = 1 }, input with { Lateness = 0 }])
        {
            if (simpler != input)
            {
                yield return simpler;
            }
        }

        for (int i = 0; i < input.Readings.Length; i++)
        {
            yield return input with { Readings = [.. input.Readings[..i], .. input.Readings[(i + 1)..]] };
        }
    }

    /// <summary>All records are kept and everything is computed anew for each.</summary>
    private static WindowOutcome Expected(Case input, bool hasDeviceTime)
    {
        var oracle = new CivilOracle(input.Zone, input.Period, input.First);
        var taken = new Dictionary<(int Key, long Start, long End), List<int>>();
        var given = new Dictionary<(int, long, long), int>();
        var results = new List<(string, long, string)>();
        var late = new List<int>();
        var watermarks = new Dictionary<int, long>();
        foreach (Reading reading in input.Readings)
        {
            int clock = hasDeviceTime ? reading.Key : 0;
            long watermark = watermarks.GetValueOrDefault(clock, long.MinValue);
            (long start, long end) = oracle.BoundsOf(reading.Time);
            if (end - 1 + input.Lateness <= watermark)
            {
                late.Add(reading.Id);
            }
            else
            {
                taken.TryAdd((reading.Key, start, end), []);
                taken[(reading.Key, start, end)].Add(reading.Id);
                if (end - 1 <= watermark)
                {
                    Give((reading.Key, start, end), WindowTiming.Late);
                }
            }

            watermarks[clock] = Math.Max(watermark, reading.Time - input.Bound - 1);
            foreach ((int Key, long, long End) window in taken.Keys.Where(window => !hasDeviceTime || window.Key == reading.Key))
            {
                if (window.End - 1 <= watermarks[clock] && !given.ContainsKey(window))
                {
                    Give(window, WindowTiming.OnTime);
                }
            }
        }

        foreach ((int, long, long) window in taken.Keys.Where(window => !given.ContainsKey(window)))
        {
            Give(window, WindowTiming.OnTime);
        }

        return WindowOutcome.Of(results, late, dropped: 0);

        void Give((int Key, long Start, long End) window, WindowTiming timing)
        {
            int pane = given.GetValueOrDefault(window);
            given[window] = pane + 1;
            results.Add(Text(window.Key, new Window(window.Start, window.End), taken[window], timing, pane));
        }
    }

    private static (string, long, string) Text(int key, Window window, IEnumerable<int> ids, WindowTiming timing, int pane) =>
        ($"key {key}", window.Start.UtcTicks, $"{window} {string.Join(' ', ids.Order())} {timing} {pane}");

    private static WindowOutcome Actual(Case input, bool hasDeviceTime)
    {
        var random = new Random(input.Seed);
        var gate = new Gate(random);
        var results = new CollectingSink<(string, long, string)> { On = gate.PassAsync };
        var lateOnes = new CollectingSink<Reading> { On = gate.PassAsync, AllowsParallelWriters = true };
        var builder = new TopologyBuilder("civil");
        CivilWindows windows = input.Period switch
        {
            "days" => Civil.Days(input.Zone),
            "weeks" => Civil.Weeks(input.Zone, input.First),
            _ => Civil.Months(input.Zone),
        };
        AllowedLateness lateness = AllowedLateness.Of(TimeSpan.FromTicks(input.Lateness));
        var bound = TimeSpan.FromTicks(input.Bound);
        KeyedStream<int, Reading> keyed = builder
            .From("source", new ArraySource<Reading>([input.Readings], _ => random.Next(1, 10)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(bound))
            .KeyBy(reading => reading.Key);
        (hasDeviceTime ? keyed.WithDeviceTime(DeviceTime.BoundedOutOfOrderness(bound)).Window(windows, lateness) : keyed.Window(windows, lateness))
            .Aggregate("window", Aggregates.Collect<Reading, int>(reading => reading.Id), out DataStream<Reading> late)
            .Select(result => Text(result.Key, result.Window, result.Value, result.Timing, result.Pane))
            .To("results", results);
        late.To("late", lateOnes);
        builder.Build().Step(new JobOptions { Lanes = input.Lanes, BatchSize = input.BatchSize }, random, gate);
        return WindowOutcome.Of(results.Values, lateOnes.Values.Select(reading => reading.Id), dropped: 0);
    }

    private sealed record Case(
        TimeZoneInfo Zone, string Period, DayOfWeek First, Reading[] Readings, long Bound, long Lateness, int Lanes, int BatchSize, int Seed)
    {
        public override string ToString() =>
            $"{Period} from {First} in {Zone.Id} bound {Bound} lateness {Lateness} lanes {Lanes} batch {BatchSize} seed {Seed}\n" +
            string.Join('\n', Readings.Select(reading => $"{reading} = {reading.Timestamp:O}"));
    }
}
