using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>What makes a pattern one that can be looked for.</summary>
internal static class PatternRules
{
    public static IEnumerable<(string Code, string Message)> Check<T>(PatternDescription<T> pattern)
    {
        PatternLink<T>[] positive = [.. pattern.Links.Where(link => !link.IsNegative)];
        return pattern.Links
            .SelectMany(CheckStep)
            .Concat(CheckNames(pattern.Links))
            .Concat(CheckWhole(pattern, positive))
            .Concat(CheckSkip(pattern, positive));
    }

    private static IEnumerable<(string Code, string Message)> CheckStep<T>(PatternLink<T> link)
    {
        PatternStep<T> step = link.Step;
        bool hasLoopWords = step.Inner is not null || step.End is not null;
        if (link.IsNegative && (step.IsLoop || step.IsOptional || step.IsGreedy || hasLoopWords))
        {
            yield return ("pattern-negative-quantified", $"'{step.Name}' must not happen, so it cannot happen a number of times or be optional. Use the step without quantifiers.");
            yield break;
        }

        if (hasLoopWords && !step.IsLoop)
        {
            yield return (
                "pattern-not-a-loop",
                $"Consecutive, AllowCombinations and Until say how a loop goes on, but '{step.Name}' takes one record. Give it OneOrMore or Times, or leave them out.");
        }

        if (step.IsGreedy && !step.IsOptional && step.Least == step.Most)
        {
            yield return ("pattern-greedy-without-choice", $"'{step.Name}' always takes the same number of records, so it cannot be greedy. Leave Greedy out, or let the number vary.");
        }

        if (step.IsGreedy && step.Inner == PatternRelation.FollowedByAny)
        {
            yield return (
                "pattern-greedy-combinations",
                $"'{step.Name}' is to take all records that it can and to leave some out in all combinations. Say either Greedy or AllowCombinations.");
        }
    }

    private static IEnumerable<(string Code, string Message)> CheckNames<T>(IReadOnlyList<PatternLink<T>> links)
    {
        foreach (IGrouping<string, PatternLink<T>> same in links
            .GroupBy(link => link.Step.Name, StringComparer.Ordinal)
            .Where(same => same.Skip(1).Any()))
        {
            yield return ("pattern-duplicate-step", $"There are {same.Count()} steps '{same.Key}'. Make a step of its own, with its own name, for each place.");
        }
    }

    private static IEnumerable<(string Code, string Message)> CheckWhole<T>(PatternDescription<T> pattern, PatternLink<T>[] positive)
    {
        if (positive.Length > PatternProgram<T>.MaxSteps)
        {
            yield return ("pattern-too-long", $"It has {positive.Length} steps; {PatternProgram<T>.MaxSteps} are possible. Use Times for steps that repeat, or match in two stages.");
        }

        if (Array.TrueForAll(positive, link => link.Step.IsOptional))
        {
            yield return ("pattern-all-optional", "All of its steps are optional, so that nothing at all would be a match. Make one of them mandatory.");
        }

        if (pattern.Within != PatternSettings.AnyTime)
        {
            yield break;
        }

        if (pattern.Links[^1].IsNegative)
        {
            yield return (
                "pattern-waits-for-ever",
                $"It ends with '{pattern.Links[^1].Step.Name}' not happening, which only time can tell. Say Within instead of WithinAnyTime.");
        }
        else if (positive.Reverse().TakeWhile((link, index) => index == 0 || positive[^index].Step.IsOptional).FirstOrDefault(link => link.Step.IsGreedy) is
            { Step: { } greedy })
        {
            yield return (
                "pattern-waits-for-ever",
                $"Its last step, '{greedy.Name}', is greedy: only time can tell that nothing more comes. Say Within instead of WithinAnyTime, or leave Greedy out.");
        }
    }

    private static IEnumerable<(string Code, string Message)> CheckSkip<T>(PatternDescription<T> pattern, PatternLink<T>[] positive)
    {
        if (pattern.SkipTo is null)
        {
            yield break;
        }

        int index = Array.FindIndex(positive, link => ReferenceEquals(link.Step.Identity, pattern.SkipTo));
        if (index < 0)
        {
            yield return ("pattern-skip-to-nothing", "AfterMatch skips to a step that takes no record in this pattern. Name one of its steps.");
        }
        else if (index == 0 && (pattern.Skip == SkipStrategy.ToFirst || !positive[0].Step.IsLoop))
        {
            yield return ("pattern-skip-to-itself", "AfterMatch skips to the record with which the match begins, so that it skips nothing. Say NoSkip, or skip to a later step.");
        }
    }
}
