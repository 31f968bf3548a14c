namespace IoTStream.RealData.Tests;

/// <summary>What is computed of an hour.</summary>
internal sealed record Profile(long Count, double Mean, double Min, double Max, double Deviation, double SlopePerSecond)
{
    public bool IsNear(Profile other) =>
        (Count, Min, Max) == (other.Count, other.Min, other.Max)
        && AreNear(Mean, other.Mean) && AreNear(Deviation, other.Deviation) && AreNear(SlopePerSecond, other.SlopePerSecond);

    /// <summary>Whether two numbers differ by no more than what two ways of adding up the same ones may.</summary>
    public static bool AreNear(double one, double other) =>
        double.IsNaN(one) ? double.IsNaN(other) : Math.Abs(one - other) <= 1e-9 * Math.Max(1, Math.Abs(other));
}
