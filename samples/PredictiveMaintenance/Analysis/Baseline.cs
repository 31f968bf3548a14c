namespace PredictiveMaintenance.Analysis;

/// <summary>What a signal normally is: its mean and variance, in which what is long past counts ever less.</summary>
/// <param name="Count">How many values have been seen.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Variance">Their variance.</param>
internal readonly record struct Baseline(long Count, double Mean, double Variance)
{
    /// <summary>The baseline with one more value, which counts as one of the last <paramref name="memory"/>.</summary>
    public Baseline With(double value, int memory)
    {
        double weight = 1.0 / Math.Min(Count + 1, memory);
        double off = value - Mean;
        return new Baseline(Count + 1, Mean + (weight * off), (1 - weight) * (Variance + (weight * off * off)));
    }

    /// <summary>How many standard deviations a value is off.</summary>
    public double Score(double value, double leastSpread) => Math.Abs(value - Mean) / Math.Max(Math.Sqrt(Variance), leastSpread);
}
