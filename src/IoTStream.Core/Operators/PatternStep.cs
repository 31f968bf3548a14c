namespace IoTStream.Operators;

/// <summary>
/// A step of a pattern: which records it takes, and how many. Made by <c>Pattern.Step</c>. A step that has been given a quantifier is still the
/// same step: a match can be asked for its records by either.
/// </summary>
/// <remarks>Immutable; thread-safe as far as its conditions are.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class PatternStep<T>
{
    internal PatternStep(string name, PatternCondition<T> condition)
    {
        Name = name;
        Condition = condition;
        Identity = new object();
    }

    private PatternStep(PatternStep<T> other)
    {
        Name = other.Name;
        Condition = other.Condition;
        Identity = other.Identity;
        End = other.End;
        Least = other.Least;
        Most = other.Most;
        IsOptional = other.IsOptional;
        IsGreedy = other.IsGreedy;
        Inner = other.Inner;
    }

    /// <summary>The name of the step, unique in its pattern.</summary>
    public string Name { get; }

    internal PatternCondition<T> Condition { get; }

    /// <summary>What the step and its variants with quantifiers have in common.</summary>
    internal object Identity { get; }

    /// <summary>The condition that ends a loop, if there is one.</summary>
    internal PatternCondition<T>? End { get; private init; }

    internal int Least { get; private init; } = 1;

    internal int Most { get; private init; } = 1;

    internal bool IsOptional { get; private init; }

    internal bool IsGreedy { get; private init; }

    /// <summary>How records of a loop follow each other; null unless it was said.</summary>
    internal PatternRelation? Inner { get; private init; }

    internal bool IsLoop => Most > 1;

    /// <summary>One record or more.</summary>
    public PatternStep<T> OneOrMore() => TimesOrMore(1);

    /// <summary>A number of records.</summary>
    /// <param name="count">How many, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is zero or less.</exception>
    public PatternStep<T> Times(int count) => Times(count, count);

    /// <summary>At least and at most so many records.</summary>
    /// <param name="least">The least, more than zero; for none at all say <see cref="Optional"/>.</param>
    /// <param name="most">The most, no less than the least.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    public PatternStep<T> Times(int least, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(least, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, least);
        return new(this) { Least = least, Most = most };
    }

    /// <summary>At least so many records.</summary>
    /// <param name="least">The least, more than zero; for none at all say <see cref="Optional"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="least"/> is zero or less.</exception>
    public PatternStep<T> TimesOrMore(int least) => Times(least, int.MaxValue);

    /// <summary>The step may be left out as a whole. Both ways are tried, unless the step is <see cref="Greedy"/>.</summary>
    public PatternStep<T> Optional() => new(this) { IsOptional = true };

    /// <summary>
    /// A record that the step can take is taken, rather than what follows being tried too: there is no match in which the step has fewer records than it
    /// could have had up to the record that the next step takes.
    /// </summary>
    public PatternStep<T> Greedy() => new(this) { IsGreedy = true };

    /// <summary>The records of the loop come one directly after the other. Else there may be other records in between, as with <c>FollowedBy</c>.</summary>
    public PatternStep<T> Consecutive() => new(this) { Inner = PatternRelation.Next };

    /// <summary>Records that the loop could take may also be passed over, as with <c>FollowedByAny</c>.</summary>
    public PatternStep<T> AllowCombinations() => new(this) { Inner = PatternRelation.FollowedByAny };

    /// <summary>Ends the loop at a record for which a condition holds: neither this one nor a later one is taken.</summary>
    /// <param name="condition">The condition.</param>
    public PatternStep<T> Until(Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return new(this) { End = new PatternCondition<T>(condition) };
    }

    /// <inheritdoc cref="Until(Func{T, bool})"/>
    public PatternStep<T> Until(Func<T, Match<T>, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return new(this) { End = new PatternCondition<T>(condition) };
    }

    /// <summary>The step as a plan shows it: its name and its quantifier.</summary>
    public override string ToString()
    {
        string count = (Least, Most) switch
        {
            (1, 1) => "",
            (var least, int.MaxValue) => $"{{{least},}}",
            var (least, most) => least == most ? $"{{{least}}}" : $"{{{least},{most}}}",
        };
        string inner = Inner switch
        {
            PatternRelation.Next => " consecutive",
            PatternRelation.FollowedByAny => " in combinations",
            _ => "",
        };
        return $"{Name}{count}{(IsOptional ? "?" : "")}{(IsGreedy ? " greedy" : "")}{inner}{(End is null ? "" : " until a condition")}";
    }
}
