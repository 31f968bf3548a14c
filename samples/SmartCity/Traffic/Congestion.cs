namespace SmartCity.Traffic;

/// <summary>How bad it is, as one number.</summary>
internal static class Congestion
{
    /// <summary>The speed of free traffic in the city, in km/h.</summary>
    public const double FreeFlow = 50;

    /// <summary>The share of the free speed that is lost, in percent: 0 for free traffic, 100 for none that moves.</summary>
    public static double Score(double meanSpeed) => Math.Clamp(100 * (1 - (meanSpeed / FreeFlow)), 0, 100);
}
