namespace IoTStream.Time;

/// <summary>
/// A group of sources that are kept together in event time: those that are further ahead of the slowest than <see cref="MaxDrift"/> are not
/// read until it has caught up. So what joins and windows behind them have to keep is bounded by the drift, and not by how much faster one
/// source can be read than another. The group consists of the steps whose strategies are given this object; see
/// <see cref="WatermarkStrategy.WithAlignment"/>.
/// </summary>
/// <remarks>Immutable and thread-safe. Each job that is started from a topology aligns its own sources.</remarks>
public sealed class WatermarkAlignment
{
    /// <summary>Makes a group.</summary>
    /// <param name="maxDrift">How far the watermark of a source may be ahead of the least of the group; zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDrift"/> is negative.</exception>
    public WatermarkAlignment(TimeSpan maxDrift)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDrift, TimeSpan.Zero);
        MaxDrift = maxDrift;
    }

    /// <summary>How far the watermark of a source may be ahead of the least of the group.</summary>
    public TimeSpan MaxDrift { get; }
}
