namespace IoTStream.Operators;

/// <summary>A pattern made ready to be run: for each step the ways to go on from it.</summary>
internal sealed class PatternProgram<T>
{
    /// <summary>The most steps that a pattern can have: the transitions of a step are bits of a number.</summary>
    public const int MaxSteps = 60;

    private readonly PatternStep<T>[] _steps;

    /// <param name="links">The steps, of a pattern that has been found to be right.</param>
    public PatternProgram(IReadOnlyList<PatternLink<T>> links)
    {
        PatternLink<T>[] positive = [.. links.Where(link => !link.IsNegative)];
        _steps = [.. positive.Select(link => link.Step)];
        Steps = new PatternState<T>[_steps.Length];
        int next = 0;
        int step = 0;
        Initial = TransitionsFrom(links, 0, 0, []);
        foreach (PatternLink<T> link in links)
        {
            next++;
            if (!link.IsNegative)
            {
                Steps[step] = new PatternState<T>(link.Step, TransitionsFrom(links, next, step + 1, LoopOf(link.Step, step)));
                step++;
            }
        }
    }

    /// <summary>The ways in which a match can begin.</summary>
    public PatternTransition<T>[] Initial { get; }

    public PatternState<T>[] Steps { get; }

    /// <summary>The steps and the ways to go on from them, in words: a partial match means the same to programs that agree in it.</summary>
    public string Description => string.Join(", ", Steps.Select((state, index) => $"{_steps[index]}: {string.Join(' ', state.Transitions.Select(Describe))}"));

    /// <summary>The index of a step that takes records, or a negative number.</summary>
    /// <param name="identity">The step's <see cref="PatternStep{T}.Identity"/>.</param>
    public int IndexOf(object identity)
    {
        for (int i = 0; i < _steps.Length; i++)
        {
            if (ReferenceEquals(_steps[i].Identity, identity))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Describe(PatternTransition<T> way) =>
        $"{(way.Target == PatternTransition<T>.End ? "end" : $"{way.Relation} {way.Target}")}{(way.IsLoop ? " loop" : "")}{(way.IsGreedy ? " greedy" : "")}" +
        $"{string.Concat(Enumerable.Repeat(" not-next", way.NotNext.Length))}{string.Concat(Enumerable.Repeat(" not-followed-by", way.NotFollowedBy.Length))};";

    private static List<PatternTransition<T>> LoopOf(PatternStep<T> step, int index) => !step.IsLoop ? [] :
    [
        new PatternTransition<T>
        {
            Target = index,
            Relation = step.Inner ?? PatternRelation.FollowedBy,
            Condition = step.Condition,
            Until = step.End,
            IsLoop = true,
            IsGreedy = step.IsGreedy,
        },
    ];

    /// <summary>The transitions to the steps from a link on, as far as those before them can be left out, and to the end.</summary>
    private static PatternTransition<T>[] TransitionsFrom(
        IReadOnlyList<PatternLink<T>> links, int link, int step, List<PatternTransition<T>> transitions)
    {
        bool isBegin = link == 0;
        List<PatternCondition<T>> notNext = [];
        List<PatternCondition<T>> notFollowedBy = [];
        for (; link < links.Count; link++)
        {
            PatternLink<T> at = links[link];
            if (at.IsNegative)
            {
                // A match that begins here has no record yet that anything could follow.
                if (!isBegin)
                {
                    (at.Relation == PatternRelation.NotNext ? notNext : notFollowedBy).Add(at.Step.Condition);
                }

                continue;
            }

            transitions.Add(new PatternTransition<T>
            {
                Target = step++,
                Relation = at.Relation,
                Condition = at.Step.Condition,
                Until = at.Step.End,
                IsGreedy = at.Step.IsGreedy && at.Step.IsOptional,
                NotNext = [.. notNext],
                NotFollowedBy = [.. notFollowedBy],
            });
            if (!at.Step.IsOptional)
            {
                return [.. transitions];
            }
        }

        if (!isBegin)
        {
            transitions.Add(new PatternTransition<T> { Target = PatternTransition<T>.End, NotNext = [.. notNext], NotFollowedBy = [.. notFollowedBy] });
        }

        return [.. transitions];
    }
}
