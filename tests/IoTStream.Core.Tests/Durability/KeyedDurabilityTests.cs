using IoTStream.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Steps with keys go on after a restart as though there had been none, whatever the number of lanes.</summary>
[Parallelizable(ParallelScope.All)]
public class KeyedDurabilityTests
{
    [Test]
    public void Process_functions_keep_their_states_and_timers() => Holds(random =>
    {
        bool inOrder = random.Next(3) == 0;
        List<Feed> feeds = InArrivalOrder(Feed.Create(random), inOrder);
        ProcessProgram program = ProcessProgram.Create(random, usesEventTimers: random.Next(4) > 0, usesProcessingTimers: !inOrder && random.Next(2) == 0);
        if (inOrder)
        {
            // Timers fire when the next record of the lane comes, whosever it is: what the clock says then depends on the number of lanes.
            program = program with
            {
                ValueTtl = ByEventTime(program.ValueTtl),
                ListTtl = ByEventTime(program.ListTtl),
                MapTtl = ByEventTime(program.MapTtl),
                SumTtl = ByEventTime(program.SumTtl),
            };
        }

        return new Lives(feeds, lane =>
        {
            Probe<ProcessEvent> aside = lane.Output<ProcessEvent>((found, _) => (found.Key, found.Text));
            lane.Left = new KeyedProcessOperator<int, Reading, ProcessEvent>(
                new ScriptedProcess(program),
                inOrder ? EventOrder.InOrder : EventOrder.Arrival,
                new(reading => reading.Key),
                [new TaggedOutput(ScriptedProcess.Aside, new SideOutput<ProcessEvent>(aside))],
                lane.Output<ProcessEvent>((found, _) => (found.Key, found.Text)),
                lane.Counters,
                lane.Errors,
                lane.Context);
        })
        {
            Description = $"in order: {inOrder}, {program}\n{string.Join('\n', feeds)}",
        };
    });

    [Test]
    public void Running_aggregates_go_on_whatever_they_keep() => Holds(random =>
    {
        Summary summary = Summary.All[random.Next(Summary.All.Length)];
        return new Lives(Feed.Create(random), lane => lane.Left = (Operator<Reading>)summary.Accept(new Running(lane))) { Description = summary.Name };
    });

    [Test]
    public void Absence_is_told_by_either_time() => Holds(random =>
    {
        TimerKind kind = random.Next(2) == 0 ? TimerKind.EventTime : TimerKind.ProcessingTime;
        var after = TimeSpan.FromTicks(random.Next(1, 40));
        return new Lives(InArrivalOrder(Feed.Create(random), kind == TimerKind.EventTime), lane =>
            lane.Left = new KeyedProcessOperator<int, Reading, Presence<int>>(
                new AbsenceDetection<int, Reading>(after, kind),
                kind == TimerKind.EventTime ? EventOrder.InOrder : EventOrder.Arrival,
                new(reading => reading.Key),
                [],
                lane.Output<Presence<int>>((found, _) => (found.Key, $"{found}")),
                lane.Counters,
                lane.Errors,
                lane.Context));
    });

    [Test]
    public void Rules_are_the_same_on_every_lane() => Holds(random => new Lives(Feed.Create(random, hasRight: true), lane =>
    {
        var join = new KeyedBroadcastProcessOperator<int, Reading, Reading, string>(
            new RuledProcess(),
            hasEventTime: true,
            new(reading => reading.Key),
            inputs: 2,
            [],
            lane.Output<string>((text, _) => (text[0] - '0', text)),
            lane.Counters,
            lane.Errors,
            lane.Context);
        lane.Left = join.Left;
        lane.Right = join.Right;
    })
    {
        IsRightBroadcast = true,
    });

    [Test]
    public void Ids_are_remembered_by_the_lane_of_their_key() => Holds(random =>
    {
        var within = TimeSpan.FromTicks(random.Next(1, 60));
        return new Lives(Feed.Create(random), lane => lane.Left = new DeduplicateOperator<int, Reading, string>(
            reading => $"id {reading.Value % 5}", within, new(reading => reading.Key), lane.Passed(), lane.Counters, lane.Errors, lane.Context));
    });

    [Test]
    public void Rules_compare_with_what_came_before_the_restart() => Holds(random =>
    {
        QualityRules<Reading> rules = QualityRules<Reading>.None
            .RateOfChange("slope", reading => reading.Value, random.Next(1, 10), TimeSpan.FromTicks(random.Next(1, 20)))
            .MonotonicCounter("counter", reading => reading.Value, Quality.Uncertain);
        return new Lives(Feed.Create(random), lane => lane.Left = new CheckOperator<int, Reading>(
            rules,
            new(reading => reading.Key),
            lane.Output<Checked<Reading>>((found, _) => (found.Value.Key, $"{found.Value}: {found.Quality}, {string.Join(", ", found.BrokenRules)}")),
            lane.Counters,
            lane.Errors,
            lane.Context));
    });

    [Test]
    public void Throttles_go_on_counting() => Holds(random =>
    {
        (int count, int interval) = (random.Next(1, 4), random.Next(1, 60));
        return new Lives(Feed.Create(random), lane => lane.Left = new ThrottleOperator<int, Reading>(
            new(reading => reading.Key), count, interval, new SideOutput<Reading>(lane.Passed()), lane.Passed(), lane.Counters, lane.Errors, lane.Context));
    });

    [Test]
    public void Tables_keep_the_last_record_and_what_was_removed() => Holds(random =>
    {
        bool hasEventTime = random.Next(4) > 0;
        int lateness = random.Next(20);
        return new Lives(Feed.Create(random), lane =>
        {
            TableOperator<int, Reading> table = new(
                new(reading => reading.Key),
                reading => reading.Value % 3 == 0,
                new LatestValues<int, Reading>(hasEventTime, lateness),
                new Probe<Reading>(),
                lane.Counters,
                lane.Errors,
                lane.Context);
            lane.Left = new Asking(table, lane.Output<string>((text, _) => (text[0] - '0', text)));
        });
    });

    private static void Holds(Func<Random, Lives> describe) =>
        Property.Holds(random => random.Next(), seed => Lives.ShouldBeAsOne(seed, describe));

    private static StateTtl? ByEventTime(StateTtl? ttl) => ttl is { IsEventTime: true } ? ttl : null;

    /// <summary>If order is asked for: records that come in the order of time, and watermarks behind them.</summary>
    private static List<Feed> InArrivalOrder(List<Feed> feeds, bool inOrder)
    {
        if (!inOrder)
        {
            return feeds;
        }

        long time = 0;
        long watermark = 0;
        List<Feed> ordered = [];
        foreach (Feed feed in feeds)
        {
            time = Math.Max(time, feed.Record?.Time ?? 0);
            if (feed.Kind != FeedKind.Watermark)
            {
                ordered.Add(feed with { Record = feed.Record is { } reading ? reading with { Time = time } : null });
            }
            else if (Math.Min(feed.Time, time - 1) > watermark)
            {
                watermark = Math.Min(feed.Time, time - 1);
                ordered.Add(feed with { Time = watermark });
            }
        }

        return ordered;
    }

    private sealed class Running(LaneRig lane) : ISummaryVisitor
    {
        public object Visit<TResult>(Aggregation<Reading, TResult> aggregation) => new KeyedProcessOperator<int, Reading, KeyValuePair<int, TResult>>(
            new RunningAggregate<int, Reading, TResult>(states => states.Aggregating("aggregate", aggregation)),
            EventOrder.Arrival,
            new(reading => reading.Key),
            [],
            lane.Output<KeyValuePair<int, TResult>>((found, _) => (found.Key, $"{found.Value}")),
            lane.Counters,
            lane.Errors,
            lane.Context);
    }

    /// <summary>Rules are numbers that records are compared with, and that go up and down.</summary>
    private sealed class RuledProcess : KeyedBroadcastProcess<int, Reading, Reading, string>
    {
        private readonly ValueState<int> _seen;
        private readonly BroadcastMap<string, int> _rules;

        public RuledProcess()
        {
            _seen = States.Value<int>("seen");
            _rules = BroadcastStates.Map<string, int>("rules");
        }

        public override void OnRecord(Reading record, KeyedProcessContext<int, string> context)
        {
            _seen.Value++;
            context.Emit($"{context.Key} {record.Id} {string.Join(',', _rules.Entries.OrderBy(rule => rule.Key, StringComparer.Ordinal))} seen {_seen.Value}");
            context.SetEventTimer(record.Timestamp.AddTicks(record.Value % 10));
        }

        public override void OnBroadcast(Reading rule, BroadcastContext<int, string> context)
        {
            switch (rule.Value % 7)
            {
                case 0:
                    _rules.Remove($"{rule.Key}");
                    break;
                case 1:
                    context.ForEachKey(key => _seen.Value += 100);
                    break;
                case 2:
                    _rules.Clear();
                    break;
                default:
                    _rules[$"{rule.Key}"] = rule.Value;
                    break;
            }
        }

        public override void OnTimer(DueTimer timer, KeyedProcessContext<int, string> context) => context.Emit($"{context.Key} timer, {_rules.Count} rules");
    }

    /// <summary>Asks for the key of each record once it has been taken up.</summary>
    private sealed class Asking(TableOperator<int, Reading> table, Operator<string> next) : Operator<Reading>
    {
        public override bool IsReady => true;

        public override void OnBatch(scoped in Batch<Reading> batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                table.OnBatch(batch.Slice(i, 1));
                int key = batch.Values[i].Key;
                var buffer = new RecordBuffer<string>();
                buffer.Add(batch.Timestamps[i], $"{key} is {table.Find(key)?.Value}", batch.Origins[i]);
                next.OnBatch(buffer.AsBatch());
            }
        }

        public override void OnWatermark(long watermark) => table.OnWatermark(watermark);

        public override void OnIdle(bool idle) => table.OnIdle(idle);

        public override void OnPartition(SourcePartition partition, bool ended) => table.OnPartition(partition, ended);

        public override void OnBarrier(long epoch) => table.OnBarrier(epoch);

        public override void OnEnd() => table.OnEnd();
    }
}
