using System.Globalization;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Simulation.Jobs;

/// <summary>A pipeline for each kind of step that keeps something, and for chains of them.</summary>
internal static class Pipelines
{
    private static readonly PatternStep<Reading> Low = Pattern.Step<Reading>("low", reading => reading.Value < 8);
    private static readonly PatternStep<Reading> High = Pattern.Step<Reading>("high", (reading, match) => reading.Value > match.First(Low).Value + 5);

    public static IReadOnlyList<Pipeline> All { get; } =
    [
        Pipeline.Of("stateless", readings => readings.Where(reading => reading.Value > 3).Select(Text)),
        Pipeline.Of("chunks", readings => readings.Chunk(7).SelectMany(chunk => chunk).Select(Text)),
        Pipeline.Of("calls", readings => readings.SelectAsync((Reading reading, CancellationToken _) => new ValueTask<string>(Text(reading)))),
        Pipeline.Of("tumbling", readings => Keyed(readings)
            .Window(Tumbling.Of(Seconds(10)), AllowedLateness.None)
            .Aggregate("sum", Aggregates.Sum<Reading>(reading => reading.Value)).Select(Text),
            all => Oracles.Windows(all, 10, 10, Oracles.Sum)),
        Pipeline.Of("sliding, subtracted", readings => Keyed(readings)
            .Window(Sliding.Of(Seconds(60), every: Seconds(2)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<Reading>()).Select(Text),
            all => Oracles.Windows(all, 60, 2, window => (long)window.Count())),
        Pipeline.Of("sliding, halved", readings => Keyed(readings)
            .Window(Sliding.Of(Seconds(60), every: Seconds(2)), AllowedLateness.None)
            .Aggregate("max", Aggregates.Max<Reading>(reading => reading.Value)).Select(Text),
            all => Oracles.Windows(all, 60, 2, window => (double)window.Max(reading => reading.Value))),
        Pipeline.Of("late", readings => Keyed(readings)
            .Window(Sliding.Of(Seconds(9), every: Seconds(3)), AllowedLateness.Of(Seconds(20)))
            .Aggregate("collect", Aggregates.Count<Reading>()).Select(Text),
            all => Oracles.Windows(all, 9, 3, window => (long)window.Count())),
        Pipeline.Of("several windows", readings => Keyed(readings)
            .Windows(AllowedLateness.None, Tumbling.Of(Seconds(5)), Tumbling.Of(Seconds(30)), Sliding.Of(Seconds(20), every: Seconds(10)))
            .Aggregate("mean", Aggregates.Mean<Reading>(reading => reading.Value)).Select(Text)),
        Pipeline.Of("days", readings => Keyed(readings)
            .Window(Civil.Days(TimeZoneInfo.Utc), AllowedLateness.None)
            .Aggregate("daily", Aggregates.Sum<Reading>(reading => reading.Value)).Select(Text)),
        Pipeline.Of("sessions", readings => Keyed(readings)
            .Window(Sessions.WithGap(Seconds(8)), AllowedLateness.None)
            .Aggregate("trips", Aggregates.Sum<Reading>(reading => reading.Value)).Select(Text),
            all => Oracles.Sessions(all, 8)),
        Pipeline.Of("sessions that are kept", readings => Keyed(readings)
            .Window(Sessions.WithGap(Seconds(8)), AllowedLateness.Of(Seconds(100)))
            .Aggregate("trips", Aggregates.Sum<Reading>(reading => reading.Value)).Select(Text),
            all => Oracles.Sessions(all, 8)),
        Pipeline.Of("early by the clock", readings => Keyed(readings)
            .Window(Tumbling.Of(Seconds(100)), AllowedLateness.None)
            .Trigger(Triggers.EarlyEvery(Seconds(3)).Discard())
            .Aggregate("parts", Aggregates.Collect<Reading>()).SelectMany(result => result.Value).Select(Text),
            all => all.Select(Text)),
        Pipeline.Of("counts", readings => Keyed(readings)
            .Window(CountWindows.Of(7, every: 3))
            .Aggregate("last", Aggregates.Sum<Reading>(reading => reading.Value)).Select(Text),
            all => Oracles.Counts(all, 7, 3)),
        Pipeline.Of("in order", readings => Keyed(readings).InOrder("order").Process("numbers", () => new Numbering()).Select(Text),
            all => Oracles.Numbers(all)),
        Pipeline.Of("timers", readings => Keyed(readings).InOrder("order").Process("alarms", () => new Alarms()).Select(Text)),
        Pipeline.Of("duplicates", readings => Texts(Keyed(readings).InOrder("order").Deduplicate("once", reading => reading.Value, Seconds(15)))),
        Pipeline.Of("absence", readings => Keyed(readings).InOrder("order").DetectAbsence("silent", Seconds(9)).Select(Text)),
        Pipeline.Of("table", readings => Texts(Keyed(readings).InOrder("order").ToTable("latest").Records)),
        Pipeline.Of("interval join", readings => Keyed(readings)
            .Join(Keyed(readings.Where(reading => reading.Value % 3 == 0)), JoinInterval.After(Seconds(6)), AllowedLateness.None)
            .SelectOuter("pairs", OuterJoin.Left, (left, right) => $"{left}>{right}"),
            all => Oracles.Pairs(all, 6, reading => reading.Value % 3 == 0)),
        Pipeline.Of("window join", readings => Keyed(readings)
            .Join(Keyed(readings.Where(reading => reading.Value % 3 == 0)), Tumbling.Of(Seconds(8)), AllowedLateness.None)
            .Select("pairs", (left, right) => $"{left}>{right}").Select(Text),
            all => Oracles.PairsOfWindows(all, 8, reading => reading.Value % 3 == 0)),
        Pipeline.Of("as-of join", readings => Keyed(readings)
            .JoinAsOf(Keyed(readings.Where(reading => reading.Value % 4 == 0)), AllowedLateness.None)
            .SelectOuter("versions", (left, right) => $"{left.Number}/{left.Key}>{right.Value}@{right.Seconds}"),
            all => Oracles.Versions(all, reading => reading.Value % 4 == 0)),
        Pipeline.Of("pattern", readings => Keyed(readings).Match(
            "rise", Rise(), AfterMatch.NoSkip, (key, match) => $"{key}: {match.First(Low)} {match.First(High)}")),
        Pipeline.Of("windows of windows", readings => Keyed(readings)
            .Window(Tumbling.Of(Seconds(4)), AllowedLateness.None)
            .Aggregate("first", Aggregates.Sum<Reading>(reading => reading.Value))
            .KeyBy(result => result.Key % 3)
            .Window(Tumbling.Of(Seconds(20)), AllowedLateness.None)
            .Aggregate("second", Aggregates.Sum<WindowResult<int, double>>(result => result.Value)).Select(Text),
            all => Oracles.WindowsOfWindows(all)),
    ];

    private static KeyedStream<int, Reading> Keyed(DataStream<Reading> readings) => readings.KeyBy(reading => reading.Key);

    private static DataStream<string> Texts(KeyedStream<int, Reading> readings) => readings.Process("texts", () => new Numbering()).Select(Text);

    private static Pattern<Reading> Rise() => Pattern.Begin(Low).FollowedByAny(High).Within(Seconds(12));

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static string Text<T>(T value) => string.Create(CultureInfo.InvariantCulture, $"{value}");
}
