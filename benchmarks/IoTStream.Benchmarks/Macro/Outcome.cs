namespace IoTStream.Benchmarks.Macro;

/// <summary>What a variant computed: how many results, and a sum over them that every variant of a workload must agree on.</summary>
internal readonly record struct Outcome(long Results, double Checksum)
{
    /// <summary>Sums of floating-point numbers in another order differ in the last digits.</summary>
    public bool Agrees(Outcome other) =>
        Results == other.Results && Math.Abs(Checksum - other.Checksum) <= 1e-9 * Math.Max(1, Math.Abs(Checksum));
}
