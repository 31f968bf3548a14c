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

    /// <summary>The first instant of the window.</summary>
    public DateTimeOffset Start => new(StartTicks, TimeSpan.Zero);

    /// <summary>The first instant after the window.</summary>
    public DateTimeOffset End => new(EndTicks, TimeSpan.Zero);

    /// <summary><see cref="Start"/> in UTC ticks of 100 ns.</summary>
    internal long StartTicks { get; }

    /// <summary><see cref="End"/> in UTC ticks of 100 ns.</summary>
    internal long EndTicks { get; }

    /// <inheritdoc/>
    public override string ToString() => $"[{Start:yyyy-MM-dd HH:mm:ss.FFFFFFF}, {End:yyyy-MM-dd HH:mm:ss.FFFFFFF})";
}
