using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>What becomes of other partial matches once a match has been found. Has no default: it decides how often one happening is reported.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class AfterMatch
{
    private readonly string _text;

    private AfterMatch(SkipStrategy strategy, string text)
    {
        Strategy = strategy;
        _text = text;
    }

    /// <summary>Nothing is skipped: every match there is is given.</summary>
    public static AfterMatch NoSkip { get; } = new(SkipStrategy.None, "no skip");

    /// <summary>Matches that begin with the same record as the one found are skipped.</summary>
    public static AfterMatch SkipToNext { get; } = new(SkipStrategy.ToNext, "skip to next");

    /// <summary>Matches that begin with a record of the one found, or between them, are skipped: matches do not overlap, as long as none began before it.</summary>
    public static AfterMatch SkipPastLastRecord { get; } = new(SkipStrategy.PastLast, "skip past last record");

    internal SkipStrategy Strategy { get; }

    /// <summary>What the step that is skipped to has in common with its variants.</summary>
    internal object? Step { get; private init; }

    /// <summary>Matches that begin with the first record of the one found, or later but before the first record of a step, are skipped.</summary>
    /// <param name="step">A step of the pattern, not its first. If it has taken no record nothing is skipped.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static AfterMatch SkipToFirst<T>(PatternStep<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return new AfterMatch(SkipStrategy.ToFirst, $"skip to first {step.Name}") { Step = step.Identity };
    }

    /// <summary>Matches that begin with the first record of the one found, or later but before the last record of a step, are skipped.</summary>
    /// <param name="step">A step of the pattern. If it has taken no record, or the match's first, nothing is skipped.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static AfterMatch SkipToLast<T>(PatternStep<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return new AfterMatch(SkipStrategy.ToLast, $"skip to last {step.Name}") { Step = step.Identity };
    }

    /// <summary>The strategy as a plan shows it.</summary>
    public override string ToString() => _text;
}
