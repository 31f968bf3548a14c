namespace IoTStream.Dsl;

/// <summary>Windows of activity: a session of a key lasts as long as its records follow each other closely.</summary>
public static class Sessions
{
    /// <summary>
    /// Sessions that end when a key has been silent for a while. The window of a session goes from its first record to the gap after its last
    /// one; a record that falls into it extends it, and one that falls into two makes them one.
    /// </summary>
    /// <param name="gap">How long the silence is, in event time; more than zero. Records closer than this are in the same session.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="gap"/> is zero or less, or longer than a thousand years.</exception>
    public static SessionWindows WithGap(TimeSpan gap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(gap, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(gap, TimeSpan.FromDays(365_250));
        return new SessionWindows(gap);
    }
}
