using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

/// <summary>Conditions and results that throw, patterns that grow too large, and patterns that make no sense.</summary>
[Parallelizable(ParallelScope.All)]
public class PatternFailureTests
{
    private readonly PatternStep<string> _a = PatternTrial.Step("a");
    private readonly PatternStep<string> _b = PatternTrial.Step("b");
    private readonly PatternStep<string> _c = PatternTrial.Step("c");
    private readonly PatternStep<string> _fragile = Pattern.Step<string>("b", word => word == "bad" ? throw new FormatException() : word[0] == 'b');

    [Test]
    public async Task A_record_on_which_a_condition_throws_leaves_no_trace()
    {
        // The bad record would end the match of a1, and is only found to be bad when it is looked at for a2.
        PatternStep<string> fragile = Pattern.Step<string>(
            "b", (word, match) => word == "bad" && match.First(_a) == "a2" ? throw new FormatException() : word[0] == 'b');

        PatternTrial trial = await PatternTrial.RunAsync("a1 a2 bad b1", Pattern.Begin(_a).FollowedBy(fragile).WithinAnyTime(), onError: ErrorPolicy.Skip);

        trial.Matches.Should().Equal("a1 b1", "a2 b1");
        (trial.Metrics.Errors, trial.Metrics.Dropped).Should().Be((1, 1));
    }

    [Test]
    public async Task Failed_records_go_to_the_dead_letters()
    {
        PatternTrial trial = await PatternTrial.RunAsync("a1 bad b1", Pattern.Begin(_a).Next(_fragile).WithinAnyTime(), onError: ErrorPolicy.DeadLetter);

        trial.Matches.Should().Equal("a1 b1");
        trial.DeadLetters.Should().ContainSingle().Which.Should().Match<DeadLetter>(letter => (string)letter.Element! == "bad" && letter.Step == "pattern");
    }

    [Test]
    public async Task A_condition_that_throws_fails_the_job()
    {
        Func<Task> run = () => PatternTrial.RunAsync("a1 bad b1", Pattern.Begin(_a).Next(_fragile).WithinAnyTime());

        JobFailedException failure = (await run.Should().ThrowAsync<JobFailedException>()).Which;

        failure.Step.Should().Be("pattern");
        failure.InnerException.Should().BeOfType<FormatException>();
    }

    [Test]
    public async Task A_result_that_throws_loses_that_match_alone()
    {
        PatternTrial trial = await PatternTrial.RunAsync(
            "a1 b1 a2 b2",
            Pattern.Begin(_a).Next(_b).WithinAnyTime(),
            onError: ErrorPolicy.DeadLetter,
            result: text => text == "a1 b1" ? throw new FormatException() : text);

        trial.Matches.Should().Equal("a2 b2");
        trial.DeadLetters.Should().ContainSingle().Which.Element.Should().Be("b1");
    }

    [Test]
    public async Task A_record_that_would_make_too_many_partial_matches_fails_and_those_that_are_there_go_on()
    {
        PatternTrial trial = await PatternTrial.RunAsync(
            "a1@0 a2@1 a3@2 b1@3 a4@20 b2@21", Pattern.Begin(_a).FollowedBy(_b).Within(TimeSpan.FromTicks(10)).KeepingAtMost(2), onError: ErrorPolicy.DeadLetter);

        trial.Matches.Should().Equal("a1 b1", "a2 b1", "a4 b2");
        DeadLetter letter = trial.DeadLetters.Should().ContainSingle().Which;
        letter.Element.Should().Be("a3");
        letter.Reason.Message.Should().Contain("KeepingAtMost");
    }

    [Test]
    public async Task Memory_of_partial_matches_is_used_again()
    {
        string words = string.Join(' ', Enumerable.Range(0, 500).Select(i => i % 5 == 4 ? $"b{i}" : $"a{i}"));

        PatternTrial trial = await PatternTrial.RunAsync(words, Pattern.Begin(_a.OneOrMore()).FollowedBy(_b).Within(TimeSpan.FromTicks(7)).KeepingAtMost(40));

        trial.Metrics.Errors.Should().Be(0);
        trial.Matches.Should().HaveCountGreaterThan(500);
    }

    [Test]
    public void Conditions_that_ask_for_what_is_not_there_are_told_so()
    {
        PatternStep<string> stranger = PatternTrial.Step("s");
        PatternStep<string> asks = Pattern.Step<string>("asks", (_, match) => match.First(stranger).Length > 0);
        PatternStep<string> early = Pattern.Step<string>("early", (_, match) => match.First(_b).Length > 0);

        Message(Pattern.Begin(_a).Next(asks).WithinAnyTime()).Should().Contain("'s' is no step of this pattern");
        Message(Pattern.Begin(_a).Next(early).FollowedBy(_b).WithinAnyTime()).Should().Contain("Step 'b' has taken no record");

        static string Message(Pattern<string> pattern)
        {
            Func<Task> run = () => PatternTrial.RunAsync("a1 b1", pattern);
            return run.Should().ThrowAsync<JobFailedException>().GetAwaiter().GetResult().Which.InnerException!.Message;
        }
    }

    [Test]
    public void Patterns_that_make_no_sense_are_refused_with_what_to_do()
    {
        Codes(Pattern.Begin(_a).NotNext(_b.Times(2)).Next(_c).WithinAnyTime()).Should().Equal("pattern-negative-quantified");
        Codes(Pattern.Begin(_a).Next(_b.Consecutive()).WithinAnyTime()).Should().Equal("pattern-not-a-loop");
        Codes(Pattern.Begin(_a).Next(_b.Until(_ => true)).WithinAnyTime()).Should().Equal("pattern-not-a-loop");
        Codes(Pattern.Begin(_a).Next(_b.Times(3).Greedy()).Next(_c).WithinAnyTime()).Should().Equal("pattern-greedy-without-choice");
        Codes(Pattern.Begin(_a).Next(_b.OneOrMore().AllowCombinations().Greedy()).Next(_c).WithinAnyTime()).Should().Equal("pattern-greedy-combinations");
        Codes(Pattern.Begin(_a).Next(_b).Next(_a).WithinAnyTime()).Should().Equal("pattern-duplicate-step");
        Codes(Pattern.Begin(_a.Optional()).Next(_b.OneOrMore().Optional()).WithinAnyTime()).Should().Equal("pattern-all-optional");
        Codes(Pattern.Begin(_a).NotFollowedBy(_b).WithinAnyTime()).Should().Equal("pattern-waits-for-ever");
        Codes(Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Greedy()).WithinAnyTime()).Should().Equal("pattern-waits-for-ever");
        Codes(Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Greedy()).FollowedBy(_c.Optional()).WithinAnyTime()).Should().Equal("pattern-waits-for-ever");
        Codes(Pattern.Begin(_a).FollowedBy(_b).WithinAnyTime(), AfterMatch.SkipToLast(_c)).Should().Equal("pattern-skip-to-nothing");
        Codes(Pattern.Begin(_a).FollowedBy(_b).WithinAnyTime(), AfterMatch.SkipToFirst(_a)).Should().Equal("pattern-skip-to-itself");
        Codes(Enumerable.Range(0, 60).Aggregate(Pattern.Begin(_a), (sequence, i) => sequence.Next(PatternTrial.Step($"s{i}"))).WithinAnyTime())
            .Should().Equal("pattern-too-long");
        Codes(Pattern.Begin(_a).FollowedBy(_b.OneOrMore().Greedy()).FollowedBy(_c).WithinAnyTime()).Should().BeEmpty();
    }

    [Test]
    public void Timed_out_matches_need_a_limit_of_time_and_patterns_need_event_time()
    {
        var builder = new TopologyBuilder("t");
        builder.From("source", new ArraySource<string>("a")).KeyBy(_ => 1)
            .Match("pattern", Pattern.Begin(_a).WithinAnyTime(), AfterMatch.NoSkip, (_, _) => 1, (_, _) => 2, out _, out _)
            .ForEach("end", _ => { });

        builder.Invoking(built => built.Build()).Should().Throw<TopologyException>()
            .Which.Errors.Select(error => error.Code).Should().Equal("pattern-without-event-time", "pattern-never-times-out");
    }

    [Test]
    public void Numbers_that_are_no_quantifiers_are_refused_at_once()
    {
        _a.Invoking(step => step.Times(0)).Should().Throw<ArgumentOutOfRangeException>();
        _a.Invoking(step => step.Times(3, 2)).Should().Throw<ArgumentOutOfRangeException>();
        Pattern.Begin(_a).Invoking(sequence => sequence.Within(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
        Pattern.Begin(_a).WithinAnyTime().Invoking(pattern => pattern.KeepingAtMost(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public void A_plan_shows_the_pattern()
    {
        Pattern<string> pattern = Pattern.Begin(_a.Times(2)).FollowedBy(_b.OneOrMore().Greedy().Until(_ => false)).NotFollowedBy(_c).Within(TimeSpan.FromSeconds(10));

        Described(pattern, AfterMatch.SkipToLast(_b)).Build().Explain().Should()
            .Contain("Pattern: a{2}, followed by b{1,} greedy until a condition, not followed by c, within 00:00:10; skip to last b");
    }

    private static IEnumerable<string> Codes(Pattern<string> pattern, AfterMatch? afterMatch = null)
    {
        try
        {
            Described(pattern, afterMatch ?? AfterMatch.NoSkip).Build();
            return [];
        }
        catch (TopologyException exception)
        {
            return exception.Errors.Select(error => error.Code);
        }
    }

    private static TopologyBuilder Described(Pattern<string> pattern, AfterMatch afterMatch)
    {
        var builder = new TopologyBuilder("t");
        builder.From("source", new ArraySource<string>("a"))
            .WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Monotonous())
            .KeyBy(_ => 1)
            .Match("pattern", pattern, afterMatch, (_, match) => match.Start)
            .ForEach("end", _ => { });
        return builder;
    }
}
