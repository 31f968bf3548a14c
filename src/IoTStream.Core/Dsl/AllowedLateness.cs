namespace IoTStream.Dsl;

/// <summary>
/// How long, in event time, a window is kept after it has given its result. A late record within that time makes it give a new one, for the
/// record's key; a later one goes to the late side output, or is counted as dropped if there is none.
/// A join keeps records as much longer than the watermarks ask for.
/// </summary>
public sealed record AllowedLateness
{
    private AllowedLateness(TimeSpan time) => Time = time;

    /// <summary>Windows are given up with their result: every late record is too late.</summary>
    public static AllowedLateness None { get; } = new(TimeSpan.Zero);

    /// <summary>How long.</summary>
    public TimeSpan Time { get; }

    /// <summary>Windows are kept for a time after their result.</summary>
    /// <param name="time">How long, zero or more. State is kept for as long.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative.</exception>
    public static AllowedLateness Of(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new AllowedLateness(time);
    }
}
