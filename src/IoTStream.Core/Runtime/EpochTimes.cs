namespace IoTStream.Runtime;

/// <summary>How an epoch of a job with an epoch log went.</summary>
/// <param name="Alignment">From when its barrier was asked for until all steps had passed it on, and all plain sinks had flushed.</param>
/// <param name="Commit">How long the append to the log and its sync took.</param>
/// <param name="Apply">How long exactly-once sinks took to apply it.</param>
/// <param name="Bytes">How many bytes it has.</param>
internal readonly record struct EpochTimes(TimeSpan Alignment, TimeSpan Commit, TimeSpan Apply, long Bytes);
