namespace IoTStream.Operators;

/// <summary>The straight line that fits values over time best, by least squares.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public readonly record struct LinearTrend
{
    private readonly double _value;
    private readonly long _time;

    internal LinearTrend(double slopePerSecond, double value, long time)
    {
        SlopePerSecond = slopePerSecond;
        _value = value;
        _time = time;
    }

    /// <summary>By how much the value rises in a second. Not a number if all records bear the same timestamp.</summary>
    public double SlopePerSecond { get; }

    /// <summary>Where the line is at an instant, in or out of the window; at the start of the window this is what is called the intercept.</summary>
    /// <param name="instant">The instant.</param>
    /// <returns>The value; not a number if there is no slope.</returns>
    public double At(DateTimeOffset instant) => _value + (SlopePerSecond * ((double)(instant.UtcTicks - _time) / TimeSpan.TicksPerSecond));
}
