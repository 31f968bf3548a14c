namespace IoTStream.Benchmarks.Macro;

/// <summary>A goal and what was reached, as the JSON report shows it.</summary>
internal sealed record Ratio(string Workload, string Variant, string Reference, double AtLeast, double Reached)
{
    public override string ToString() =>
        $"{Workload} {Variant} is {Reached:F2} times as fast as {Reference}; at least {AtLeast:F2} {(Reached >= AtLeast ? "is reached" : "is not reached")}";
}
