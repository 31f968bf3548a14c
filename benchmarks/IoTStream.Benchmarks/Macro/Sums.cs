using IoTStream.Time;

namespace IoTStream.Benchmarks.Macro;

/// <summary>What is made of results, a batch at a time.</summary>
internal static class Sums
{
    public static double OfValues(ReadOnlySpan<WindowResult<int, double>> results)
    {
        double sum = 0;
        foreach (ref readonly WindowResult<int, double> result in results)
        {
            sum += result.Value;
        }

        return sum;
    }
}
