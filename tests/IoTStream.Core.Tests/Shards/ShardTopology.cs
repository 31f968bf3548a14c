using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Shards;

/// <summary>A topology that has a stateful step of each kind, some of them behind two exchanges.</summary>
internal static class ShardTopology
{
    public static Topology Build(ShardCase @case, SharedSink sink)
    {
        var builder = new TopologyBuilder("shards");
        KeyedStream<int, Measured> left = builder.From("left", new SharedSource<Measured>(@case.Left)).WithEventTime(static m => m.Time, Bound).KeyBy(static m => m.Key, name: "left by key");
        DataStream<Measured> rules = builder.From("right", new SharedSource<Measured>(@case.Right)).WithEventTime(static m => m.Time, Bound);
        KeyedStream<int, Measured> right = rules.KeyBy(static m => m.Key, name: "right by key");
        DataStream<string> tumbling =
            left.Window(Tumbling.Of(TimeSpan.FromMilliseconds(100)), AllowedLateness.None).Aggregate("tumbling", Aggregates.Sum<Measured>(static m => m.Value))
                .Where(IsBefore).Select(static r => $"tumbling {r.Key} {Of(r.Window)} {r.Value}");
        tumbling.Union(
            left.Window(Sliding.Of(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100)), AllowedLateness.None).Aggregate("sliding", Aggregates.Max<Measured>(static m => m.Value))
                .Where(static r => IsBefore(r)).Select(static r => $"sliding {r.Key} {Of(r.Window)} {r.Value}"),
            right.Window(Sessions.WithGap(TimeSpan.FromMilliseconds(80)), AllowedLateness.None).Aggregate("sessions", Aggregates.Count<Measured>())
                .Where(IsBefore).Select(static r => $"session {r.Key} {Of(r.Window)} {r.Value}"),
            left.WithDeviceTime(DeviceTime.BoundedOutOfOrderness(TimeSpan.FromMilliseconds(ShardCase.Disorder)).WithIdleTimeout(TimeSpan.FromDays(1)))
                .Window(Tumbling.Of(TimeSpan.FromMilliseconds(200)), AllowedLateness.None).Aggregate("device", Aggregates.Count<Measured>())
                .Where(IsBefore).Select(static r => $"device {r.Key} {Of(r.Window)} {r.Value}"),
            left.Join(right, JoinInterval.After(TimeSpan.FromMilliseconds(30)), AllowedLateness.None).Select("interval", static (l, r) => (l, r))
                .Where(static pair => pair.l.Value >= 0 && pair.r.Value >= 0).Select(static pair => $"interval {pair.l} {pair.r}"),
            left.JoinAsOf(right, AllowedLateness.None).Select("as of", static (l, r) => (l, r))
                .Where(static pair => pair.l.Value >= 0 && pair.r.Value >= 0).Select(static pair => $"as of {pair.l} {pair.r.At}"),
            left.Match("pattern", Rising, AfterMatch.SkipPastLastRecord, static (key, match) => $"pattern {key} {match.Start.ToUnixTimeMilliseconds()}"),
            left.Process("rules", rules.Broadcast(), static () => new Ruled()),
            left.Process("count", static () => new Counting())
                .KeyBy(static c => c.Key % 2, name: "by parity").Process("parity", static () => new Seen())
                .Select(static text => text))
            .To("out", sink);
        return builder.Build();
    }

    private static WatermarkStrategy Bound => Watermarks.BoundedOutOfOrderness(TimeSpan.FromMilliseconds(ShardCase.Disorder));

    private static Pattern<Measured> Rising { get; } = Pattern
        .Begin(Pattern.Step<Measured>("low", static m => m.Value is >= 0 and < 30))
        .FollowedBy(Pattern.Step<Measured>("high", static m => m.Value > 70))
        .Within(TimeSpan.FromMilliseconds(200));

    private static bool IsBefore<T>(WindowResult<int, T> result) => result.Window.Start.ToUnixTimeMilliseconds() < Measured.Horizon;

    private static long Of(Window window) => window.Start.ToUnixTimeMilliseconds();

    /// <summary>How many records of a key and how many rules there were when the watermark had passed all of them.</summary>
    private sealed class Ruled : KeyedBroadcastProcess<int, Measured, Measured, string>
    {
        private readonly BroadcastMap<Measured, int> _rules;
        private readonly ValueState<int> _count;

        public Ruled()
        {
            _rules = BroadcastStates.Map<Measured, int>("rules");
            _count = States.Value<int>("records");
        }

        public override void OnRecord(Measured record, KeyedProcessContext<int, string> context)
        {
            if (record.Value >= 0)
            {
                _count.Value++;
                context.SetEventTimer(DateTimeOffset.UnixEpoch.AddMilliseconds(Measured.Horizon));
            }
        }

        public override void OnBroadcast(Measured rule, BroadcastContext<int, string> context)
        {
            if (rule.Value < 0)
            {
                return;
            }

            _rules[rule] = _rules.TryGet(rule, out int seen) ? seen + 1 : 1;
            if (context.Lane == 0)
            {
                context.Emit($"rule {rule}");
            }
        }

        public override void OnTimer(DueTimer timer, KeyedProcessContext<int, string> context) => context.Emit($"ruled {context.Key} {_count.Value} {_rules.Entries.Sum(static rule => rule.Value)}");
    }

    private sealed class Counting : KeyedProcess<int, Measured, (int Key, int Count)>
    {
        private readonly ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord(Measured record, KeyedProcessContext<int, (int Key, int Count)> context) => context.Emit((record.Key, ++_count.Value));
    }

    private sealed class Seen : KeyedProcess<int, (int Key, int Count), string>
    {
        private readonly ValueState<int> _seen;

        public Seen() => _seen = States.Value<int>("seen");

        public override void OnRecord((int Key, int Count) record, KeyedProcessContext<int, string> context) => context.Emit($"parity {record.Key % 2} {++_seen.Value}");
    }
}
