using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// A quantity that keeps each value until the next one is measured. What it was before the first value of the window is not known; how long
/// the last value held depends on where one looks, so there are two averages.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public readonly record struct TimeWeighted
{
    private readonly double _area;
    private readonly long _from;
    private readonly long _to;

    internal TimeWeighted(double area, long from, long to, double last)
    {
        _area = area;
        _from = from;
        _to = to;
        Last = last;
    }

    /// <summary>The last value.</summary>
    public double Last { get; }

    /// <summary>The time from the first to the last value.</summary>
    public TimeSpan Duration => TimeSpan.FromTicks(_to - _from);

    /// <summary>
    /// The average from the first to the last value, each weighed by the time it held; the last one holds for no time. If there is a single
    /// value, or all are of one instant, it is the last one.
    /// </summary>
    public double Average => _to == _from ? Last : _area / (_to - _from);

    /// <summary>The average from the first value to an instant, mostly the end of the window, until which the last value is taken to have held.</summary>
    /// <param name="end">The instant.</param>
    /// <exception cref="ArgumentOutOfRangeException">The instant lies before that of the last value.</exception>
    public double AverageUntil(DateTimeOffset end)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(end, Ticks.ToInstant(_to));
        long duration = end.UtcTicks - _from;
        return duration == 0 ? Last : (_area + (Last * (end.UtcTicks - _to))) / duration;
    }
}
