namespace IoTStream.Benchmarks.Macro;

/// <summary>What was measured of one variant of a workload, as the JSON report shows it.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Variant">The variant.</param>
/// <param name="EventsPerSecond">The median.</param>
/// <param name="MinEventsPerSecond">The slowest run.</param>
/// <param name="MaxEventsPerSecond">The fastest run.</param>
/// <param name="ProcessorNanosecondsPerEvent">Of all threads together.</param>
/// <param name="BytesPerEvent">What was allocated in all, tables that are made once included.</param>
/// <param name="SteadyBytesPerEvent">What the second half of the events allocated: a run of all events less a run of half of them. Ours only.</param>
/// <param name="Results">How many results came out.</param>
internal sealed record Measurement(
    string Workload,
    string Variant,
    double EventsPerSecond,
    double MinEventsPerSecond,
    double MaxEventsPerSecond,
    double ProcessorNanosecondsPerEvent,
    double BytesPerEvent,
    double? SteadyBytesPerEvent,
    long Results);
