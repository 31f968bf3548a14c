using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>One way in which a partial match can go on from the last record that it has taken: to another record of a step, or to its end.</summary>
internal sealed class PatternTransition<T>
{
    /// <summary>The target of the transition that makes the match whole.</summary>
    public const int End = -1;

    /// <summary>The step that takes the record, or <see cref="End"/>.</summary>
    public required int Target { get; init; }

    /// <summary>How the record follows the one before: next, followed by, followed by any.</summary>
    public PatternRelation Relation { get; init; }

    /// <summary>What holds of the record; null at the end.</summary>
    public PatternCondition<T>? Condition { get; init; }

    /// <summary>What does not hold of the record, where a loop can be ended.</summary>
    public PatternCondition<T>? Until { get; init; }

    /// <summary>Whether the target is the step that took the record before.</summary>
    public bool IsLoop { get; init; }

    /// <summary>Whether the transitions after this one are given up once it takes a record.</summary>
    public bool IsGreedy { get; init; }

    /// <summary>What must not hold of the very next record.</summary>
    public PatternCondition<T>[] NotNext { get; init; } = [];

    /// <summary>What must not hold of any record up to the one that is taken.</summary>
    public PatternCondition<T>[] NotFollowedBy { get; init; } = [];

    /// <summary>Whether there is anything by which the way could be barred.</summary>
    public bool CanBeBarred => (IsLoop && Until is not null) || NotNext.Length > 0 || NotFollowedBy.Length > 0;

    /// <summary>Whether the way is barred from this record on.</summary>
    public bool IsBarredBy(in T value, in Match<T> match, RecordContext context, bool isNext)
    {
        if (IsLoop && Until is { } until && until.Holds(in value, in match, context))
        {
            return true;
        }

        if (isNext)
        {
            foreach (PatternCondition<T> condition in NotNext)
            {
                if (condition.Holds(in value, in match, context))
                {
                    return true;
                }
            }
        }

        foreach (PatternCondition<T> condition in NotFollowedBy)
        {
            if (condition.Holds(in value, in match, context))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the target takes a record, given that the way is not barred.</summary>
    public bool Takes(in T value, in Match<T> match, RecordContext context) =>
        Condition!.Holds(in value, in match, context)
        && (Until is null || IsLoop || !Until.Holds(in value, in match, context));
}
