using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>What a user said of a pattern and of how its matches are to be looked for.</summary>
/// <param name="Links">The steps.</param>
/// <param name="Within">The ticks after the first record by which a match has to be complete; <see cref="PatternSettings.AnyTime"/> if there is no such limit.</param>
/// <param name="MaxKept">How many records the partial matches of a key may hold in all.</param>
/// <param name="Skip">What becomes of other matches once one has been found.</param>
/// <param name="SkipTo">The identity of the step that <paramref name="Skip"/> speaks of, if it does of one.</param>
/// <param name="Text">All of this for people.</param>
internal sealed record PatternDescription<T>(
    IReadOnlyList<PatternLink<T>> Links, long Within, int MaxKept, SkipStrategy Skip, object? SkipTo, string Text);
