using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>The steps of a pattern so far. Say <see cref="Within"/> or <see cref="WithinAnyTime"/> to make it a pattern.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class PatternSequence<T>
{
    private readonly IReadOnlyList<PatternLink<T>> _links;

    internal PatternSequence(IReadOnlyList<PatternLink<T>> links) => _links = links;

    /// <summary>The very next record of the key is the step's, or there is no match.</summary>
    /// <param name="step">The step.</param>
    public PatternSequence<T> Next(PatternStep<T> step) => Add(PatternRelation.Next, step);

    /// <summary>The next record that fits is the step's; others may come before it.</summary>
    /// <param name="step">The step.</param>
    public PatternSequence<T> FollowedBy(PatternStep<T> step) => Add(PatternRelation.FollowedBy, step);

    /// <summary>Any later record that fits is the step's: each of them makes a match of its own.</summary>
    /// <param name="step">The step.</param>
    public PatternSequence<T> FollowedByAny(PatternStep<T> step) => Add(PatternRelation.FollowedByAny, step);

    /// <summary>The very next record must not be one that fits.</summary>
    /// <param name="step">What must not be; it takes no record and can have no quantifier.</param>
    public PatternSequence<T> NotNext(PatternStep<T> step) => Add(PatternRelation.NotNext, step);

    /// <summary>
    /// No record that fits may come before the next step's record, nor be that record. At the end of a pattern: none before the time is over, and only then
    /// there is a match.
    /// </summary>
    /// <param name="step">What must not be; it takes no record and can have no quantifier.</param>
    public PatternSequence<T> NotFollowedBy(PatternStep<T> step) => Add(PatternRelation.NotFollowedBy, step);

    /// <summary>Makes it a pattern whose matches end less than some time after they have begun.</summary>
    /// <param name="time">The time from the first record on, more than zero. A record that comes exactly so much later is too late.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is zero or less.</exception>
    public Pattern<T> Within(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        return new Pattern<T>(_links) { Time = time };
    }

    /// <summary>
    /// Makes it a pattern without a limit of time: a partial match that is never completed is kept for ever, unless a strategy for what comes
    /// <see cref="AfterMatch"/> gives it up. <see cref="Pattern{T}.KeepingAtMost"/> is what keeps the memory bounded.
    /// </summary>
    public Pattern<T> WithinAnyTime() => new(_links);

    private PatternSequence<T> Add(PatternRelation relation, PatternStep<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return new PatternSequence<T>([.. _links, new PatternLink<T>(relation, step)]);
    }
}
