namespace IoTStream.Operators;

/// <summary>A step of a pattern that has taken a record, and the ways to go on from there: the loop first, then the later steps in order, then the end.</summary>
internal sealed class PatternState<T>
{
    private readonly PatternStep<T> _step;
    private readonly ulong _loop;
    private readonly ulong _all;
    private readonly bool _endNeedsRecord;
    private readonly bool _endNeedsTime;

    public PatternState(PatternStep<T> step, PatternTransition<T>[] transitions)
    {
        _step = step;
        Transitions = transitions;
        _all = (1UL << transitions.Length) - 1;
        _loop = transitions.Length > 0 && transitions[0].IsLoop ? 1UL : 0;
        for (int i = 0; i < transitions.Length; i++)
        {
            Greedy |= transitions[i].IsGreedy ? 1UL << i : 0;
        }

        if (transitions.Length > 0 && transitions[^1] is { Target: PatternTransition<T>.End } end)
        {
            End = 1UL << (transitions.Length - 1);
            _endNeedsRecord = end.NotNext.Length > 0;
            _endNeedsTime = end.NotFollowedBy.Length > 0;
        }
    }

    public PatternTransition<T>[] Transitions { get; }

    /// <summary>The bit of the transition to the end; zero if there is none.</summary>
    public ulong End { get; }

    /// <summary>The bits of greedy transitions: while one of these is open, the match cannot end.</summary>
    public ulong Greedy { get; }

    /// <summary>The transitions that are open once the step has taken so many records.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isWhole">Whether the match is whole by that; then the transition to the end is none of those open.</param>
    public ulong Enter(int count, out bool isWhole)
    {
        ulong open = count >= _step.Least ? _all : _loop;
        if (count == _step.Most)
        {
            open &= ~_loop;
        }

        isWhole = !_endNeedsRecord && IsWhole(open);
        return isWhole ? open & ~End : open;
    }

    /// <summary>Whether a match is whole with a record that has left these transitions open.</summary>
    public bool IsWhole(ulong open) => (open & End) != 0 && (open & Greedy) == 0 && !_endNeedsTime;
}
