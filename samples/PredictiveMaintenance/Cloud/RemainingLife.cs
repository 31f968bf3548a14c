using IoTStream.Operators;
using PredictiveMaintenance.Edge;

namespace PredictiveMaintenance.Cloud;

/// <summary>
/// How long a machine can go on, by the model that wear makes it shake more by the same amount each hour: the straight line through the quietest moments of the last hours is followed to the
/// limit.
/// </summary>
/// <param name="Machine">The machine.</param>
/// <param name="At">The end of the last hour.</param>
/// <param name="Rms">How much it shakes by that line, in g.</param>
/// <param name="Hours">Hours to the limit; null if it does not get worse.</param>
internal sealed record RemainingLife(string Machine, DateTimeOffset At, double Rms, double? Hours = null)
{
    /// <summary>The vibration, in g, at which a machine has to be stopped.</summary>
    public const double Limit = 1.5;

    /// <summary>How many hours the line is drawn through.</summary>
    public const int HoursOfTrend = 4;

    // Less than that an hour may be noise.
    private const double LeastSlope = 0.01;

    public static RemainingLife Of(string machine, DateTimeOffset at, LinearTrend trend, TimeSpan hour)
    {
        double level = trend.At(at);
        double slope = trend.SlopePerSecond * hour.TotalSeconds;
        return new RemainingLife(machine, at, level, slope < LeastSlope ? null : Math.Max(0, (Limit - level) / slope));
    }
}
