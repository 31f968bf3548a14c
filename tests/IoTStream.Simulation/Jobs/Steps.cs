using System.Globalization;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Simulation.Jobs;

/// <summary>Steps of all kinds, for random topologies. Those that keep nothing change nothing of the set of records, and can be given anything.</summary>
internal static class Steps
{
    private static readonly PatternStep<Reading> Low = Pattern.Step<Reading>("low", reading => reading.Value < 8);
    private static readonly PatternStep<Reading> High = Pattern.Step<Reading>("high", (reading, match) => reading.Value > match.First(Low).Value + 5);
    private static readonly PatternStep<Reading> Even = Pattern.Step<Reading>("even", reading => reading.Value % 2 == 0);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    public static IReadOnlyList<Step> All { get; } =
    [
        new("tumbling", Traits.Timely, Traits.Both, at => At(at.ByNumber
            .Window(Tumbling.Of(Seconds(at.OneOf(4, 10, 30))), Lateness(at)).Aggregate(at.Name, at.Aggregation()), Key.NumberOf)),
        new("sliding", Traits.Timely, Traits.Both, at => At(at.ByText
            .Window(Sliding.Of(Seconds(60), every: Seconds(at.OneOf(2, 5, 20))), Lateness(at)).Aggregate(at.Name, at.Aggregation()), Key.NumberOf)),
        new("several windows", Traits.Timely, Traits.Timely, at => At(at.ByNumber
            .Windows(Lateness(at), Tumbling.Of(Seconds(5)), Tumbling.Of(Seconds(30)), Sliding.Of(Seconds(20), every: Seconds(10)))
            .Aggregate(at.Name, at.Aggregation(isMergeable: true)), Key.NumberOf)),
        new("days", Traits.Timely, Traits.Both, at => At(at.ByPlace
            .Window(Civil.Days(at.OneOf(TimeZoneInfo.Utc, Berlin)), Lateness(at)).Aggregate(at.Name, at.Aggregation()), Key.NumberOf)),
        new("sessions", Traits.Timely, Traits.Both, at => At(at.ByPlace
            .Window(Sessions.WithGap(Seconds(at.OneOf(3, 8, 30))), Lateness(at)).Aggregate(at.Name, at.Aggregation(isMergeable: true)), Key.NumberOf)),
        new("counts", Traits.Ordered, Traits.Ordered, at => At(at.ByText
            .Window(CountWindows.Of(7, every: at.OneOf(3, 7))).Aggregate(at.Name, at.Aggregation()), Key.NumberOf)),
        new("global", Traits.Ordered, Traits.Ordered, at => At(at.ByPlace
            .GlobalWindow(Discarding(at, Triggers.EarlyEvery(4))).Aggregate(at.Name, at.Aggregation()), Key.NumberOf)),
        new("early by records", Traits.Both, Traits.None, at => At(at.ByNumber
            .Window(at.OneOf<WindowSpec>(Tumbling.Of(Seconds(20)), Sliding.Of(Seconds(20), every: Seconds(10)), Sessions.WithGap(Seconds(8))), Lateness(at))
            .Trigger(Discarding(at, Triggers.EarlyEvery(2))).Aggregate(at.Name, at.Aggregation(isMergeable: true)), Key.NumberOf)),
        new("early by time", Traits.Timely, Traits.Both, at => At(at.ByText
            .Window(Tumbling.Of(Seconds(20)), Lateness(at))
            .Trigger(at.OneOf(Triggers.EarlyEveryEventTime(Seconds(3)), Triggers.EarlyEvery(Seconds(4))))
            .Aggregate(at.Name, at.Aggregation())
            .Where(result => result.Timing == WindowTiming.OnTime)
            .Select(result => result with { Pane = 0 }), Key.NumberOf)),
        new("device time", Traits.Ordered, Traits.Ordered, DeviceWindows),
        new("numbering", Traits.Ordered, Traits.Both, at => Numbered(at.ByNumber, at.Name)),
        new("alarms", Traits.Both, Traits.Both, at => Retold(at.ByNumber.InOrder(at.Name + " order").Process(at.Name, () => new Alarms()))),
        new("forgetting", Traits.Both, Traits.Both, at => Retold(at.ByText.InOrder(at.Name + " order").Process(at.Name, () => new Forgetting()))),
        new("duplicates", Traits.Both, Traits.Both, at => Numbered(
            at.ByNumber.InOrder(at.Name + " order").Deduplicate(at.Name, reading => reading.Value, Seconds(15)), at.Name + " numbers")),
        new("throttle", Traits.Both, Traits.Both, at => Numbered(
            at.ByNumber.InOrder(at.Name + " order").Throttle(at.Name, at.OneOf(1, 2), Seconds(10)), at.Name + " numbers")),
        new("absence", Traits.Both, Traits.Both, at => at.ByNumber.InOrder(at.Name + " order").DetectAbsence(at.Name, Seconds(9))
            .Select(presence => Reading.Of(presence.Key, presence.ToString(), presence.At))),
        new("running", Traits.Ordered, Traits.Both, at => at.ByText.Aggregate(at.Name, at.Aggregation())
            .Select((result, context) => Reading.Of(Key.NumberOf(result.Key), result.Value, context.Timestamp))),
        new("pattern", Traits.Both, Traits.Timely, at => at.ByNumber.Match(
            at.Name,
            Pattern.Begin(Low).FollowedByAny(High).Within(Seconds(12)),
            at.OneOf(AfterMatch.NoSkip, AfterMatch.SkipToNext, AfterMatch.SkipPastLastRecord, AfterMatch.SkipToLast(High)),
            (key, match) => Reading.Of(key, $"{match.First(Low)} {match.First(High)}", match.Last(High).Time))),
        new("pattern that times out", Traits.Both, Traits.None, Timeouts),
        new("pairs", Traits.Timely, Traits.Timely, at => at.ByNumber
            .Join(Partners(at), at.OneOf(JoinInterval.After(Seconds(6)), JoinInterval.Around(Seconds(4))), AllowedLateness.None)
            .SelectOuter(at.Name, at.OneOf(OuterJoin.None, OuterJoin.Left), (left, right) => Reading.Of(left.Key, $"{left}>{right}", Later(left, right)))),
        new("pairs of windows", Traits.Timely, Traits.Timely, at => At(at.ByNumber
            .Join(Partners(at), Tumbling.Of(Seconds(8)), AllowedLateness.None)
            .Select(at.Name, (left, right) => $"{left}>{right}"), Key.NumberOf)),
        new("groups", Traits.Timely, Traits.Timely, at => At(at.ByNumber
            .Join(Partners(at), Sliding.Of(Seconds(12), every: Seconds(6)), AllowedLateness.None)
            .CoGroup(at.Name, (_, _, left, right) => $"{Sorted(left)}>{Sorted(right)}"), Key.NumberOf)),
        new("versions", Traits.Both, Traits.Timely, at => at.ByNumber
            .JoinAsOf(StepPlace.ByNumberOf(at.Draft.Others), AllowedLateness.None, row => row.Value == 5)
            .SelectOuter(at.Name, (left, right) => Reading.Of(left.Key, $"{left}>{right}", left.Time))),
        new("table", Traits.Both, Traits.Timely, at => at.ByNumber
            .JoinAsOf(StepPlace.ByNumberOf(at.Draft.Others).ToTable(at.Name + " table", row => row.Value == 5, AllowedLateness.None), AllowedLateness.None)
            .SelectOuter(at.Name, (left, right) => Reading.Of(left.Key, $"{left}>{right}", left.Time))),
        new("samples", Traits.Both, Traits.Both, at => at.ByText.Sample(at.Name, Seconds(7), AllowedLateness.None)),
        new("quiet", Traits.Both, Traits.Both, at => at.ByNumber.Debounce(at.Name, Seconds(4), AllowedLateness.None)),
        new("union", Traits.None, Traits.All, at => at.Input.Union(at.Draft.Others.Select(reading => reading with { Key = reading.Key + 1000 }))) { IsRecordByRecord = true },
        new("some, and some twice", Traits.None, Traits.All, at => at.Input
            .Where(reading => reading.Value != 2)
            .SelectMany(reading => reading.Value == 4 ? (Reading[])[reading, reading with { Number = reading.Number + 500 }] : [reading])) { IsRecordByRecord = true },
        new("other keys", Traits.None, Traits.Timely | Traits.Fresh, at => at.Input.Select(reading => reading with { Key = reading.Key % 3 })) { IsRecordByRecord = true },
        new("spread", Traits.None, Traits.Timely, at => at.Input.Rebalance().Select(reading => reading)) { IsRecordByRecord = true },
        new("calls", Traits.None, Traits.Both, at => at.Input.SelectAsync(
            (Reading reading, CancellationToken _) => at.Draft.World.CallAsync(reading), new AsyncOptions { MaxInFlight = at.OneOf(1, 3, 64) }, name: at.Name)) { IsRecordByRecord = true },
        new("calls in any order", Traits.None, Traits.Timely, at => at.Input.SelectAsync(
            (Reading reading, CancellationToken _) => at.Draft.World.CallAsync(reading), new AsyncOptions { KeepOrder = false }, name: at.Name)) { IsRecordByRecord = true },
        new("chunks", Traits.None, Traits.None, at => at.Input
            .Chunk(7, at.OneOf(null, (TimeSpan?)Seconds(2)), at.Name).SelectMany(chunk => chunk)) { IsRecordByRecord = true },
        new("parking", Traits.None, Traits.None, at => at.ByText.Process(at.Name, () => new Parking())) { IsRecordByRecord = true },
        new("waiting", Traits.None, Traits.None, at => at.Input.Process(at.Name, () => new Waiting())),
        new("rules", Traits.None, Traits.None, at => at.ByNumber.Process(at.Name, at.Draft.Others.Broadcast(), () => new Ruled())),
        new("windows of the clock", Traits.None, Traits.None, at => AllOf(
            StepPlace.ByNumberOf(at.Input.WithProcessingTime(name: at.Name + " time")).Window(Tumbling.Of(Seconds(5)), AllowedLateness.None), at)) { IsRecordByRecord = true },
        new("late by watermarks", Traits.Fresh, Traits.None, at => AllOf(
            Hasty(at).KeyBy(reading => Key.TextOf(reading.Key)).Window(Tumbling.Of(Seconds(10)), AllowedLateness.None), at)) { IsRecordByRecord = true },
        new("late sessions", Traits.Fresh, Traits.None, at => AllOf(
            StepPlace.ByNumberOf(Hasty(at)).Window(Sessions.WithGap(Seconds(6)), AllowedLateness.None), at)) { IsRecordByRecord = true },
        new("late panes", Traits.Fresh, Traits.None, at => AllOf(
            StepPlace.ByNumberOf(Hasty(at)).Window(Tumbling.Of(Seconds(6)), AllowedLateness.Of(Seconds(at.OneOf(2, 100))))
                .Trigger(at.OneOf(Triggers.OnTime.Discard(), Triggers.EarlyEvery(Seconds(2)).LateEvery(Seconds(3)).Discard(), Triggers.EarlyEvery(3).Discard())),
            at)) { IsRecordByRecord = true },
        new("late for the order", Traits.Fresh, Traits.None, at =>
        {
            DataStream<Reading> inOrder = StepPlace.ByNumberOf(Hasty(at)).InOrder(at.Name, out DataStream<Reading> late).Process(
                at.Name + " passing", () => false, (ref bool _, Reading reading, KeyedProcessContext<int, Reading> context) => context.Emit(reading));
            return inOrder.Union(late);
        }) { IsRecordByRecord = true },
    ];

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static AllowedLateness Lateness(StepPlace at) => at.OneOf(AllowedLateness.None, AllowedLateness.Of(Seconds(20)));

    private static Trigger Discarding(StepPlace at, Trigger trigger) => at.OneOf(trigger.Discard(), trigger.Accumulate());

    private static KeyedStream<int, Reading> Partners(StepPlace at) =>
        StepPlace.ByNumberOf(at.Random.Next(2) == 0 ? at.Draft.Others : at.Input.Where(reading => reading.Value % 3 == 0));

    private static DateTimeOffset Later(Reading left, Reading right) => left.Seconds > right.Seconds ? left.Time : right.Time;

    private static string Sorted(IEnumerable<Reading> readings) => string.Join(' ', readings.Select(reading => reading.ToString()).Order(StringComparer.Ordinal));

    private static DataStream<Reading> At<TKey>(DataStream<WindowResult<TKey, string>> results, Func<TKey, int> number)
        where TKey : notnull =>
        results.Select(result => Reading.Of(
            number(result.Key), string.Create(CultureInfo.InvariantCulture, $"{result.Window} {result.Timing} {result.Pane} {result.Value}"), result.Window.End));

    private static DataStream<Reading> Retold(DataStream<Told> results) =>
        results.Select((told, context) => Reading.Of(told.Key, told.Text, context.Timestamp));

    private static DataStream<Reading> Numbered(KeyedStream<int, Reading> readings, string name) => Retold(readings.Process(name, () => new Numbering()));

    /// <summary>Time that goes by what has come, too hastily for some: what is late depends on who is faster, but not what there is in all.</summary>
    private static DataStream<Reading> Hasty(StepPlace at) => at.Input.WithEventTime(
        reading => reading.Time, Watermarks.BoundedOutOfOrderness(Seconds(1)).WithIdleness(Seconds(5)), name: at.Name + " time");

    /// <summary>All records again, by windows or around them.</summary>
    private static DataStream<Reading> AllOf<TKey>(WindowedStream<TKey, Reading> windows, StepPlace at)
        where TKey : notnull =>
        windows.Aggregate(at.Name, Aggregates.Collect<Reading>(), out DataStream<Reading> late).SelectMany(result => result.Value).Union(late);

    private static DataStream<Reading> DeviceWindows(StepPlace at)
    {
        DataStream<WindowResult<string, string>> results = at.ByText
            .WithDeviceTime(DeviceTime.BoundedOutOfOrderness(Seconds(2)).WithMemory(TimeSpan.FromDays(1000)))
            .Window(at.OneOf<WindowSpec>(Tumbling.Of(Seconds(10)), Sessions.WithGap(Seconds(6))), Lateness(at))
            .Aggregate(at.Name, at.Aggregation(isMergeable: true), out DataStream<Reading> late);
        at.Draft.Give(late.Select(reading => $"{at.Name} late: {reading}"));
        return At(results, Key.NumberOf);
    }

    private static DataStream<Reading> Timeouts(StepPlace at)
    {
        DataStream<Reading> matches = at.ByNumber.Match(
            at.Name,
            Pattern.Begin(Low).FollowedBy(Even).FollowedBy(High).Within(Seconds(15)),
            at.OneOf(AfterMatch.NoSkip, AfterMatch.SkipPastLastRecord),
            (key, match) => Reading.Of(key, $"{match.First(Low)} {match.First(Even)} {match.First(High)}", match.Last(High).Time),
            (key, match) => Reading.Of(key, $"{match.First(Low)} and no more", match.First(Low).Time),
            out DataStream<Reading> timedOut,
            out _);
        return matches.Union(timedOut);
    }
}
