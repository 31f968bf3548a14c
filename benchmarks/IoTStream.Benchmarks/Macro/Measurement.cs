namespace IoTStream.Benchmarks.Macro;

/// <summary>What was measured of one variant of a workload, as the JSON report shows it.</summary>
internal sealed record Measurement(
    string Workload,
    string Variant,
    double EventsPerSecond,
    double MinEventsPerSecond,
    double MaxEventsPerSecond,
    double ProcessorNanosecondsPerEvent,
    double BytesPerEvent,
    long Results);
