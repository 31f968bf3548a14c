namespace IoTStream.Benchmarks.Macro;

/// <summary>How fast a variant of a workload is to be beside another.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Reference">The other variant of the same workload.</param>
/// <param name="AtLeast">How many events the variant has to do in the time in which the other one does one.</param>
internal sealed record Goal(string Variant, string Reference, double AtLeast)
{
    /// <summary>A goal for our own, on one lane.</summary>
    public static Goal Ours(string reference, double atLeast) => new(Macro.Variant.Ours, reference, atLeast);
}
