namespace IoTStream.Dsl;

/// <summary>Which windows event time is divided into. Made by <see cref="Tumbling"/> and <see cref="Sliding"/>.</summary>
/// <remarks>
/// Windows are counted from 0001-01-01T00:00:00Z, a Monday: windows of an hour start on the hour, of a day at midnight UTC, of a week on
/// Monday. <see cref="WithOffset"/> moves them.
/// </remarks>
public sealed record WindowSpec
{
    internal WindowSpec(TimeSpan size, TimeSpan slide)
    {
        Size = size;
        Slide = slide;
    }

    /// <summary>How long a window is.</summary>
    public TimeSpan Size { get; }

    /// <summary>How long after a window the next one starts; the size, if they do not overlap.</summary>
    public TimeSpan Slide { get; }

    /// <summary>How much later than counted from the origin windows start; by default zero.</summary>
    public TimeSpan Offset { get; private init; }

    /// <summary>Moves the windows, for example by -1 h for days that start at midnight UTC+1.</summary>
    /// <param name="offset">By how much; may be negative.</param>
    public WindowSpec WithOffset(TimeSpan offset) => this with { Offset = offset };

    /// <inheritdoc/>
    public override string ToString() => (Size == Slide ? $"tumbling {Size}" : $"sliding {Size} by {Slide}") + (Offset == default ? "" : $" from {Offset}");
}
