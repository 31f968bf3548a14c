namespace IoTStream.Benchmarks.Macro;

/// <summary>How fast a variant is beside another one, as the JSON report shows it.</summary>
/// <param name="Workload">The workload of both.</param>
/// <param name="Variant">The variant.</param>
/// <param name="Reference">The other one.</param>
/// <param name="AtLeast">The goal, where there is one.</param>
/// <param name="Reached">The median of the ratios of the rounds: both ran one after the other in each, so what slows the machine for longer slows both.</param>
/// <param name="Least">The least of the ratios.</param>
/// <param name="Most">The greatest of the ratios.</param>
/// <param name="Fastest">The ratio of the fastest rounds of either, which were disturbed least.</param>
internal sealed record Ratio(string Workload, string Variant, string Reference, double? AtLeast, double Reached, double Least, double Most, double Fastest)
{
    /// <summary>Compares two variants that were measured in the same rounds; of others, the medians.</summary>
    public static Ratio Of(Measurement variant, Measurement reference, double? atLeast)
    {
        double[] ratios = variant.Rates.Count == reference.Rates.Count
            ? [.. variant.Rates.Zip(reference.Rates, (ours, other) => ours / other)]
            : [variant.EventsPerSecond / reference.EventsPerSecond];
        return new Ratio(variant.Workload, variant.Variant, reference.Variant, atLeast, Median.Of(ratios), ratios.Min(), ratios.Max(), variant.Rates.Max() / reference.Rates.Max());
    }

    public override string ToString() =>
        $"{Variant} is {Reached:F2} times as fast as {Reference} ({Least:F2} to {Most:F2}; {Fastest:F2} by the fastest rounds)" +
        $"{(AtLeast is { } goal ? $"; at least {goal:F2} {(Reached >= goal ? "is reached" : "is not reached")}" : "")}";
}
