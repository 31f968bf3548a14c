namespace IoTStream.Benchmarks.Macro;

/// <summary>What was measured of one variant of a workload, as the JSON report shows it.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Variant">The variant.</param>
/// <param name="Rates">Events a second of each round, in the order of the rounds, which the variants of a workload take together.</param>
/// <param name="ProcessorNanosecondsPerEvent">Of all threads together; the median.</param>
/// <param name="BytesPerEvent">What was allocated in all, tables that are made once included; the median.</param>
/// <param name="SteadyBytesPerEvent">What the second half of the events allocated: a run of all events less a run of half of them. Ours only.</param>
/// <param name="Results">How many results came out.</param>
internal sealed record Measurement(
    string Workload,
    string Variant,
    IReadOnlyList<double> Rates,
    double ProcessorNanosecondsPerEvent,
    double BytesPerEvent,
    double? SteadyBytesPerEvent,
    long Results)
{
    /// <summary>The median.</summary>
    public double EventsPerSecond => Median.Of(Rates);

    public override string ToString() =>
        $"{Variant,-12} {EventsPerSecond / 1e6,8:F1} M events/s ({Rates.Min() / 1e6:F1} to {Rates.Max() / 1e6:F1}), " +
        $"{ProcessorNanosecondsPerEvent:F2} ns of processor time, {BytesPerEvent:F3} bytes an event" +
        $"{(SteadyBytesPerEvent is { } steady ? $", {steady:F3} of the second half" : "")}; {Results:N0} results";
}
