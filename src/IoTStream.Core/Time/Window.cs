namespace IoTStream.Time;

/// <summary>A span of event time: the start belongs to it, the end does not.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public readonly record struct Window
{
    /// <summary>Creates a window.</summary>
    /// <param name="startTicks">The first instant, in UTC ticks of 100 ns.</param>
    /// <param name="endTicks">The first instant after it, in UTC ticks of 100 ns.</param>
    public Window(long startTicks, long endTicks)
    {
        StartTicks = startTicks;
        EndTicks = endTicks;
    }

    /// <summary>The first instant of the window; not before the year 1, where time as .NET knows it begins.</summary>
    public DateTimeOffset Start => Ticks.ToInstant(StartTicks);

    /// <summary>The first instant after the window; not after the year 9999, where time as .NET knows it ends.</summary>
    public DateTimeOffset End => Ticks.ToInstant(EndTicks);

    /// <summary>How long the window is.</summary>
    public TimeSpan Size => TimeSpan.FromTicks(EndTicks - StartTicks);

    /// <summary><see cref="Start"/> in UTC ticks of 100 ns.</summary>
    internal long StartTicks { get; }

    /// <summary><see cref="End"/> in UTC ticks of 100 ns.</summary>
    internal long EndTicks { get; }

    /// <inheritdoc/>
    public override string ToString() => $"[{Start:yyyy-MM-dd HH:mm:ss.FFFFFFF}, {End:yyyy-MM-dd HH:mm:ss.FFFFFFF})";
}
