namespace IoTStream.Benchmarks.Macro;

/// <summary>How a run with an epoch log went.</summary>
/// <param name="EventsPerSecond">How fast it was.</param>
/// <param name="Epochs">How many epochs were committed.</param>
/// <param name="BytesPerEpoch">How long one was on average, in bytes.</param>
/// <param name="LogBytes">How long the log was at the end, in bytes.</param>
internal readonly record struct EpochCost(double EventsPerSecond, long Epochs, long BytesPerEpoch, long LogBytes);
