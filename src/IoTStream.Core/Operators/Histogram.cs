namespace IoTStream.Operators;

/// <summary>How many values fell into each bin of a histogram.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="bounds">The bounds between the bins.</param>
/// <param name="counts">The counts, one more than there are bounds.</param>
public sealed class Histogram(IReadOnlyList<double> bounds, IReadOnlyList<long> counts)
{
    /// <summary>The bounds between the bins, ascending. A value on a bound is in the bin above it.</summary>
    public IReadOnlyList<double> Bounds { get; } = bounds;

    /// <summary>
    /// How many values are in each bin: first those below the first bound, then those from each bound up to, but not including, the next one,
    /// and from the last bound on.
    /// </summary>
    public IReadOnlyList<long> Counts { get; } = counts;
}
