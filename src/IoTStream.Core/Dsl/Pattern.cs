using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>
/// Patterns: what has to happen, in which order and in what time. Name the steps first, then say how they follow each other:
/// <c>Pattern.Begin(warm).Next(hot).FollowedBy(critical).Within(time)</c>.
/// </summary>
public static class Pattern
{
    /// <summary>Describes a step: one record for which a condition holds, unless a quantifier says otherwise.</summary>
    /// <param name="name">The name of the step, unique in its pattern.</param>
    /// <param name="condition">The condition. It should be quick and free of side effects; it can be asked more than once a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static PatternStep<T> Step<T>(string name, Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Step(name, new PatternCondition<T>(condition));
    }

    /// <inheritdoc cref="Step{T}(string, Func{T, bool})"/>
    /// <param name="name">The name of the step, unique in its pattern.</param>
    /// <param name="condition">The condition, which is also given what has been matched before the record.</param>
    public static PatternStep<T> Step<T>(string name, Func<T, Match<T>, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Step(name, new PatternCondition<T>(condition));
    }

    /// <inheritdoc cref="Step{T}(string, Func{T, bool})"/>
    /// <param name="name">The name of the step, unique in its pattern.</param>
    /// <param name="condition">The condition, which is also given what has been matched before the record, and the record's context.</param>
    public static PatternStep<T> Step<T>(string name, Func<T, Match<T>, RecordContext, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Step(name, new PatternCondition<T>(condition));
    }

    /// <summary>Begins a pattern with its first step, which any record can be the first of.</summary>
    /// <param name="step">The step.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static PatternSequence<T> Begin<T>(PatternStep<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return new PatternSequence<T>([new PatternLink<T>(PatternRelation.Begin, step)]);
    }

    private static PatternStep<T> Step<T>(string name, PatternCondition<T> condition)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new PatternStep<T>(name, condition);
    }
}
