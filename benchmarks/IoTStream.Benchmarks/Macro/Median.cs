namespace IoTStream.Benchmarks.Macro;

/// <summary>The middle one of odd numbers of measurements.</summary>
internal static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
