namespace IoTStream.Dsl;

/// <summary>Windows that overlap: each record belongs to several.</summary>
public static class Sliding
{
    /// <summary>Windows of a size, of which one starts every so often.</summary>
    /// <param name="size">The size, more than zero.</param>
    /// <param name="every">How long after a window the next one starts; more than zero and no more than the size.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of range.</exception>
    public static TimeWindows Of(TimeSpan size, TimeSpan every)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(size, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(every, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(every, size);
        return new TimeWindows(size, every);
    }
}
