namespace IoTStream.Dsl;

/// <summary>Windows that follow each other without gap or overlap.</summary>
public static class Tumbling
{
    /// <summary>Windows of a size.</summary>
    /// <param name="size">The size, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is zero or less.</exception>
    public static TimeWindows Of(TimeSpan size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(size, TimeSpan.Zero);
        return new TimeWindows(size, size);
    }
}
