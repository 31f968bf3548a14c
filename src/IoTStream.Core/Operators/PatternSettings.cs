namespace IoTStream.Operators;

/// <summary>How matches of a pattern are looked for.</summary>
/// <param name="Within">The ticks after the first record by which a match has to be complete; <see cref="long.MaxValue"/> if there is no such limit.</param>
/// <param name="MaxKept">How many records the partial matches of a key may hold in all.</param>
/// <param name="Skip">What becomes of other matches once one has been found.</param>
/// <param name="SkipTo">The step that <paramref name="Skip"/> speaks of, or a negative number.</param>
internal readonly record struct PatternSettings(long Within, int MaxKept, SkipStrategy Skip, int SkipTo)
{
    public const long AnyTime = long.MaxValue;
}
