using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>A pattern of records, to be looked for by <c>Match</c> on a keyed stream.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class Pattern<T>
{
    internal Pattern(IReadOnlyList<PatternLink<T>> links) => Links = links;

    /// <summary>How long after its first record a match has to be complete; null if there is no limit.</summary>
    public TimeSpan? Time { get; internal init; }

    /// <summary>How many records the partial matches of a key may hold in all. The default is 10,000.</summary>
    public int MaxKept { get; private init; } = 10_000;

    internal IReadOnlyList<PatternLink<T>> Links { get; }

    /// <summary>
    /// Limits how many records the partial matches of a key may hold in all. A record counts once for each partial match that holds it, except that
    /// partial matches which begin alike share what they have in common. A record that would exceed the limit fails: the error policy of the step says what
    /// becomes of it, and the partial matches stay as if it had not come.
    /// </summary>
    /// <param name="records">The limit, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="records"/> is zero or less.</exception>
    public Pattern<T> KeepingAtMost(int records)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(records, 1);
        return new Pattern<T>(Links) { Time = Time, MaxKept = records };
    }

    /// <summary>The pattern as a plan shows it.</summary>
    public override string ToString()
    {
        IEnumerable<string> steps = Links.Select(link => link.Relation switch
        {
            PatternRelation.Begin => $"{link.Step}",
            PatternRelation.Next => $"next {link.Step}",
            PatternRelation.FollowedBy => $"followed by {link.Step}",
            PatternRelation.FollowedByAny => $"followed by any {link.Step}",
            PatternRelation.NotNext => $"not next {link.Step}",
            _ => $"not followed by {link.Step}",
        });
        return $"{string.Join(", ", steps)}, within {(Time is { } time ? $"{time}" : "any time")}";
    }
}
