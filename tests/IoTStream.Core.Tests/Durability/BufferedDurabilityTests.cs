using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Steps that hold records back go on after a restart as though there had been none, whatever the number of lanes.</summary>
[Parallelizable(ParallelScope.All)]
public class BufferedDurabilityTests
{
    [Test]
    public void Waiting_records_come_in_order() => Holds(random => new Lives(Feed.Create(random), lane => lane.Left = new InOrderOperator<int, Reading>(
        new(reading => reading.Key), new SideOutput<Reading>(lane.Passed()), lane.Passed(), lane.Counters, lane.Errors, lane.Context)));

    [Test]
    public void A_join_as_of_a_time_keeps_versions_and_what_waits_for_them() => Holds(random =>
    {
        var settings = new AsOfJoinSettings<Reading>(random.Next(20), random.Next(2) == 0, reading => reading.Value % 4 == 0);
        return new Lives(Feed.Create(random, hasRight: true), lane =>
        {
            var join = new AsOfJoinOperator<int, Reading, Reading, (Reading, Reading?)>(
                inputs: 2,
                new(reading => reading.Key),
                new(reading => reading.Key),
                settings,
                (record, row) => (record, row),
                new SideOutput<Reading>(lane.Passed()),
                lane.Output<(Reading Record, Reading? Row)>((pair, from) => (pair.Record.Key, $"{pair} from {from.Partition.Index}")),
                lane.Counters,
                lane.Errors,
                lane.Context);
            lane.Left = join.Left;
            lane.Right = join.Right;
        })
        {
            IsOrdered = false,
        };
    });

    [Test]
    public void An_interval_join_keeps_both_sides_and_who_has_found_a_partner() => Holds(random =>
    {
        int lower = random.Next(-20, 20);
        var settings = new IntervalJoinSettings(lower, lower + random.Next(25), random.Next(2) * random.Next(20), (OuterJoin)random.Next(4));
        return new Lives(Feed.Create(random, keys: 3, hasRight: true), lane =>
        {
            var join = new IntervalJoinOperator<int, Reading, Reading, (Reading?, Reading?)>(
                inputs: 2,
                new(reading => reading.Key),
                new(reading => reading.Key),
                settings,
                (left, right) => (left, right),
                new SideOutput<Reading>(lane.Passed()),
                new SideOutput<Reading>(lane.Passed()),
                lane.Output<(Reading? Left, Reading? Right)>((pair, _) => ((pair.Left ?? pair.Right)!.Key, $"{pair}")),
                lane.Counters,
                lane.Errors,
                lane.Context);
            lane.Left = join.Left;
            lane.Right = join.Right;
        })
        {
            IsOrdered = false,
            Description = $"{settings}",
        };
    });

    [Test]
    public void Partial_matches_go_on() => Holds(random =>
    {
        PatternStep<Reading> first = Pattern.Step<Reading>("first", reading => reading.Value % 2 == 0);
        PatternStep<Reading> more = Pattern.Step<Reading>("more", (reading, match) => reading.Value % 3 != match.Last(first).Value % 3);
        PatternStep<Reading> last = Pattern.Step<Reading>("last", reading => reading.Value > 40);
        PatternLink<Reading>[] links = random.Next(3) switch
        {
            0 => [new(PatternRelation.Begin, first), new(PatternRelation.FollowedByAny, more.Times(1, 2).AllowCombinations())],
            1 => [new(PatternRelation.Begin, first.OneOrMore()), new(PatternRelation.NotNext, more), new(PatternRelation.FollowedBy, last)],
            _ => [new(PatternRelation.Begin, first), new(PatternRelation.Next, more.Optional()), new(PatternRelation.FollowedBy, last)],
        };
        var skip = (SkipStrategy)random.Next(3);
        long within = random.Next(4) == 0 ? PatternSettings.AnyTime : random.Next(1, 60);
        return new Lives(Feed.Create(random, keys: 3), lane =>
        {
            var late = new SideOutput<Reading>(lane.Passed());
            var timedOut = new SideOutput<Reading>(lane.Output<Reading>((reading, _) => (reading.Key, $"{reading} timed out")));
            lane.Left = new PatternOperator<int, Reading, string>(
                new(reading => reading.Key),
                new PatternProgram<Reading>(links),
                new PatternSettings(within, 1_000, skip, -1),
                (key, match) => $"{key} {string.Join(' ', match.All())}",
                (_, match, matched) => timedOut.Add(match.First(links[0].Step), matched),
                late,
                [late, timedOut],
                lane.Output<string>((text, _) => (text[0] - '0', text)),
                lane.Counters,
                lane.Errors,
                lane.Context);
        });
    });

    private static void Holds(Func<Random, Lives> describe) =>
        Property.Holds(random => random.Next(), seed => Lives.ShouldBeAsOne(seed, describe));
}
