using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Dsl;

/// <summary>Each word of the pattern language by an example.</summary>
[Parallelizable(ParallelScope.All)]
public class PatternTests
{
    private readonly PatternStep<string> _a = PatternTrial.Step("a");
    private readonly PatternStep<string> _b = PatternTrial.Step("b");
    private readonly PatternStep<string> _c = PatternTrial.Step("c");
    private readonly PatternStep<string> _x = PatternTrial.Step("x");

    [Test]
    public Task Next_takes_the_very_next_record_or_none() =>
        Finds("a1 b1 a2 x1 b2", Pattern.Begin(_a).Next(_b), "a1 b1");

    [Test]
    public Task FollowedBy_takes_the_next_record_that_fits() =>
        Finds("a1 x1 b1 b2", Pattern.Begin(_a).FollowedBy(_b), "a1 b1");

    [Test]
    public Task FollowedByAny_takes_each_record_that_fits() =>
        Finds("a1 x1 b1 b2", Pattern.Begin(_a).FollowedByAny(_b), "a1 b1", "a1 b2");

    [Test]
    public Task Every_record_that_fits_the_first_step_begins_a_match() =>
        Finds("a1 a2 b1", Pattern.Begin(_a).FollowedBy(_b), "a1 b1", "a2 b1");

    [Test]
    public Task NotNext_forbids_the_very_next_record_only() =>
        Finds("a1 x1 b1 a2 c1 x2 b2", Pattern.Begin(_a).NotNext(_x).FollowedBy(_b), "a2 b2");

    [Test]
    public Task NotFollowedBy_forbids_records_up_to_the_next_step() =>
        Finds("a1 c1 b1 a2 x1 b2 x2", Pattern.Begin(_a).NotFollowedBy(_x).FollowedBy(_b), "a1 b1");

    [Test]
    public async Task NotFollowedBy_at_the_end_is_a_match_when_the_time_is_over()
    {
        PatternTrial trial = await PatternTrial.RunAsync("a1@0 x1@9 a2@20 x2@30", Pattern.Begin(_a).NotFollowedBy(_x).Within(TimeSpan.FromTicks(10)));

        trial.DatedMatches.Should().Equal("a2@30");
        trial.TimedOut.Should().BeEmpty();
    }

    [Test]
    public async Task NotNext_at_the_end_is_a_match_with_the_next_record_or_when_the_time_is_over()
    {
        PatternTrial trial = await PatternTrial.RunAsync("a1@0 x1@1 a2@2 c1@5 a3@6", Pattern.Begin(_a).NotNext(_x).Within(TimeSpan.FromTicks(10)));

        trial.DatedMatches.Should().Equal("a2@5", "a3@16");
    }

    [Test]
    public Task Optional_tries_both_ways() =>
        Finds("a1 b1 c1", Pattern.Begin(_a).FollowedBy(_b.Optional()).FollowedBy(_c), "a1 b1 c1", "a1 c1");

    [Test]
    public Task Optional_greedy_leaves_nothing_out_that_is_there() =>
        Finds("a1 b1 c1 a2 c2", Pattern.Begin(_a).FollowedBy(_b.Optional().Greedy()).Next(_c), "a1 b1 c1", "a2 c2");

    [Test]
    public Task Optional_at_the_end_gives_the_match_without_it_at_once() =>
        Finds("a1 x1 b1", Pattern.Begin(_a).FollowedBy(_b.Optional()), "a1", "a1 b1");

    [Test]
    public Task OneOrMore_passes_over_what_does_not_fit_and_stops_anywhere() =>
        Finds("a1 b1 x1 b2 c1", Pattern.Begin(_a).FollowedBy(_b.OneOrMore()).FollowedBy(_c), "a1 b1 b2 c1", "a1 b1 c1");

    [Test]
    public Task Consecutive_loops_do_not_pass_over_anything() =>
        Finds("a1 b1 b2 x1 b3 c1", Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Consecutive()).FollowedBy(_c), "a1 b1 b2 c1", "a1 b1 c1");

    [Test]
    public Task Combinations_pass_over_what_would_fit_too() =>
        Finds("a1 b1 b2 b3 c1", Pattern.Begin(_a).FollowedBy(_b.OneOrMore().AllowCombinations()).FollowedBy(_c),
            "a1 b1 b2 b3 c1", "a1 b1 b2 c1", "a1 b1 b3 c1", "a1 b1 c1");

    [Test]
    public Task Times_takes_a_number_of_records() =>
        Finds("a1 a2 a3", Pattern.Begin(_a.Times(2)), "a1 a2", "a2 a3");

    [Test]
    public Task Times_takes_between_two_numbers_of_records() =>
        Finds("a1 a2 a3 a4 b1", Pattern.Begin(_a.Times(2, 3)).FollowedBy(_b), "a1 a2 a3 b1", "a1 a2 b1", "a2 a3 a4 b1", "a2 a3 b1", "a3 a4 b1");

    [Test]
    public Task TimesOrMore_takes_at_least_a_number_of_records() =>
        Finds("a1 a2 a3 b1", Pattern.Begin(_a.TimesOrMore(2)).FollowedBy(_b), "a1 a2 a3 b1", "a1 a2 b1", "a2 a3 b1");

    [Test]
    public Task Greedy_loops_take_all_they_can() =>
        Finds("a1 b1 x1 b2 c1", Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Greedy()).FollowedBy(_c), "a1 b1 b2 c1");

    [Test]
    public async Task A_greedy_loop_at_the_end_is_whole_once_nothing_more_can_come()
    {
        PatternTrial trial = await PatternTrial.RunAsync(
            "a1@0 b1@1 b2@2 x1@3 a2@20 b3@21", Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Consecutive().Greedy()).Within(TimeSpan.FromTicks(10)));

        trial.DatedMatches.Should().Equal("a1 b1 b2@3", "a2 b3@30");
    }

    [Test]
    public Task Until_ends_a_loop() =>
        Finds("a1 b1 b2 x1 b3 c1", Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Greedy().Until(word => word == "x1")).FollowedBy(_c), "a1 b1 b2 c1");

    [Test]
    public Task Until_can_look_at_what_was_matched() =>
        Finds(
            "a1 b1 b2 b3 c1",
            Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Greedy().Until((_, match) => match.Count(_b) == 2)).FollowedBy(_c),
            "a1 b1 b2 c1");

    [Test]
    public Task Conditions_see_earlier_records_of_the_match()
    {
        PatternStep<string> same = Pattern.Step<string>("same", (word, match) => word[0] == 'b' && word[1..] == match.First(_a)[1..]);

        return Finds("a1 a2 b3 b2 b1", Pattern.Begin(_a).FollowedBy(same), "a2 b2", "a1 b1");
    }

    [Test]
    public Task Conditions_see_the_time_of_the_record()
    {
        PatternStep<string> soon = Pattern.Step<string>(
            "soon", (word, match, context) => word[0] == 'b' && context.Timestamp - match.LastContext(_a).Timestamp < TimeSpan.FromTicks(5));

        return Finds("a1@0 b1@5 a2@10 b2@14", Pattern.Begin(_a).FollowedBy(soon), "a2 b2");
    }

    [Test]
    public async Task Within_leaves_out_a_record_that_comes_exactly_so_much_later()
    {
        PatternTrial trial = await PatternTrial.RunAsync("a1@0 a2@1 b1@10", Pattern.Begin(_a).FollowedBy(_b).Within(TimeSpan.FromTicks(10)));

        trial.DatedMatches.Should().Equal("a2 b1@10");
        trial.TimedOut.Should().Equal("a1@10");
    }

    [Test]
    public async Task Partial_matches_that_cannot_go_on_do_not_time_out()
    {
        PatternTrial trial = await PatternTrial.RunAsync("a1@0 x1@1 a2@2 b1@3 a3@4", Pattern.Begin(_a).Next(_b).FollowedBy(_c).Within(TimeSpan.FromTicks(10)));

        trial.TimedOut.Should().Equal("a2 b1@12", "a3@14");
    }

    [Test]
    public async Task Records_out_of_order_are_matched_in_the_order_of_their_timestamps()
    {
        PatternTrial trial = await PatternTrial.RunAsync("b1@3 a1@1 c1@5 x1@2", Pattern.Begin(_a).Next(_x).Next(_b).Next(_c).WithinAnyTime(), bound: 5);

        trial.Matches.Should().Equal("a1 x1 b1 c1");
    }

    [Test]
    public async Task Records_with_the_same_timestamp_are_matched_in_the_order_of_arrival()
    {
        PatternTrial trial = await PatternTrial.RunAsync("c1@2 a1@1 b1@1", Pattern.Begin(_a).Next(_b).Next(_c).WithinAnyTime(), bound: 5);

        trial.Matches.Should().Equal("a1 b1 c1");
    }

    [Test]
    public async Task Records_behind_the_watermark_are_late()
    {
        PatternTrial trial = await PatternTrial.RunAsync("a1@1 c1@10 b1@2 b2@11", Pattern.Begin(_a).FollowedBy(_b).WithinAnyTime(), bound: 5);

        trial.Matches.Should().Equal("a1 b2");
        trial.Late.Should().Equal("b1");
        (trial.Metrics.Late, trial.Metrics.Dropped).Should().Be((1, 0));
    }

    [Test]
    public async Task NoSkip_gives_everything() => await Skips(AfterMatch.NoSkip, "b1 b2 b3 c1", "b1 b2 c1", "b1 c1", "b2 b3 c1", "b2 c1", "b3 c1");

    [Test]
    public async Task SkipToNext_gives_one_match_for_each_beginning() => await Skips(AfterMatch.SkipToNext, "b1 b2 b3 c1", "b2 b3 c1", "b3 c1");

    [Test]
    public async Task SkipPastLastRecord_gives_matches_that_do_not_overlap() => await Skips(AfterMatch.SkipPastLastRecord, "b1 b2 b3 c1");

    [Test]
    public async Task SkipToLast_goes_on_with_the_last_record_of_a_step() => await Skips(AfterMatch.SkipToLast(_b), "b1 b2 b3 c1", "b3 c1");

    [Test]
    public async Task SkipToFirst_goes_on_with_the_first_record_of_a_step()
    {
        PatternTrial trial = await PatternTrial.RunAsync("a1 a2 a3 b1 c1", Pattern.Begin(_a).FollowedBy(_b).FollowedBy(_c).WithinAnyTime(), AfterMatch.SkipToFirst(_b));

        trial.Matches.Should().Equal("a1 b1 c1");
    }

    [Test]
    public async Task A_match_that_began_before_the_one_found_is_not_skipped()
    {
        PatternStep<string> other = Pattern.Step<string>("other", (word, match) => match.First(_a) == "a1" ? word == "c1" : word == "b1");

        PatternTrial trial = await PatternTrial.RunAsync("a1 a2 b1 c1", Pattern.Begin(_a).FollowedBy(other).WithinAnyTime(), AfterMatch.SkipPastLastRecord);

        trial.Matches.Should().Equal("a2 b1", "a1 c1");
    }

    [Test]
    public async Task Timed_out_partial_matches_are_not_those_that_were_skipped()
    {
        PatternTrial trial = await PatternTrial.RunAsync(
            "a1@0 a2@1 b1@2", Pattern.Begin(_a).FollowedByAny(_b).Within(TimeSpan.FromTicks(10)), AfterMatch.SkipPastLastRecord);

        trial.Matches.Should().Equal("a1 b1");
        trial.TimedOut.Should().BeEmpty();
    }

    [Test]
    public async Task Keys_are_matched_apart_and_on_any_number_of_lanes([Values(1, 4)] int lanes)
    {
        var sink = new CollectingSink<(int, int)>();
        PatternStep<int> first = Pattern.Step<int>("first", value => value < 100);
        PatternStep<int> second = Pattern.Step<int>("second", value => value >= 100);
        var builder = new TopologyBuilder("t");
        builder.From("source", new ArraySource<int>([.. Enumerable.Range(0, 200)]))
            .WithEventTime(value => new DateTimeOffset(value, TimeSpan.Zero), Time.Watermarks.Monotonous())
            .KeyBy(value => value % 100)
            .Match("pattern", Pattern.Begin(first).Next(second).Within(TimeSpan.FromTicks(101)), AfterMatch.NoSkip, (key, match) => (key, match.Last(second)))
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = lanes, BatchSize = 16 });

        sink.Values.Should().BeEquivalentTo(Enumerable.Range(0, 100).Select(key => (key, key + 100)));
    }

    private static async Task Finds(string words, PatternSequence<string> pattern, params string[] matches) =>
        (await PatternTrial.RunAsync(words, pattern.WithinAnyTime())).Matches.Should().Equal(matches);

    private async Task Skips(AfterMatch afterMatch, params string[] matches)
    {
        PatternTrial trial = await PatternTrial.RunAsync("b1 b2 b3 c1", Pattern.Begin(_b.OneOrMore()).FollowedBy(_c).WithinAnyTime(), afterMatch);

        trial.Matches.Should().Equal(matches);
    }
}
