namespace IoTStream.Dsl;

/// <summary>How far apart in event time the two records of a pair may be: the right one's timestamp less the left one's. Both bounds belong to it.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record JoinInterval
{
    private JoinInterval(TimeSpan lower, TimeSpan upper)
    {
        Lower = lower;
        Upper = upper;
    }

    /// <summary>How much later than the left record the right one is at least; negative if it may be earlier.</summary>
    public TimeSpan Lower { get; }

    /// <summary>How much later than the left record the right one is at most; negative if it has to be earlier.</summary>
    public TimeSpan Upper { get; }

    /// <summary>The right record is later than the left one by at least one time and at most another; negative times are earlier.</summary>
    /// <param name="lower">At least.</param>
    /// <param name="upper">At most; no less than <paramref name="lower"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="upper"/> is less than <paramref name="lower"/>.</exception>
    public static JoinInterval Between(TimeSpan lower, TimeSpan upper)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(upper, lower);
        return new JoinInterval(lower, upper);
    }

    /// <summary>The right record comes with the left one or within a time after it.</summary>
    /// <param name="time">The time, zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative.</exception>
    public static JoinInterval After(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new JoinInterval(TimeSpan.Zero, time);
    }

    /// <summary>The right record comes with the left one or within a time before it.</summary>
    /// <param name="time">The time, zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative.</exception>
    public static JoinInterval Before(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new JoinInterval(-time, TimeSpan.Zero);
    }

    /// <summary>The right record is at most a time earlier or later than the left one.</summary>
    /// <param name="time">The time, zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative.</exception>
    public static JoinInterval Around(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new JoinInterval(-time, time);
    }

    /// <inheritdoc/>
    public override string ToString() => $"right from {Lower} to {Upper} after left";
}
