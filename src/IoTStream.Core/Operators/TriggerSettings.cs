namespace IoTStream.Operators;

/// <summary>When the windows of a key give results besides the one on time, and what these results hold. Times are in ticks.</summary>
internal readonly record struct TriggerSettings
{
    /// <summary>A result on time, and one for each late record.</summary>
    public static TriggerSettings Default => default;

    /// <summary>How long, in processing time, after a record that no result has shown an early result follows; null if none does.</summary>
    public long? EarlyByClock { get; init; }

    /// <summary>How far apart in event time, counted from the window's start, early results are; null if there are none.</summary>
    public long? EarlyByEventTime { get; init; }

    /// <summary>After how many records that no result has shown an early result follows; null if none does.</summary>
    public long? EarlyByCount { get; init; }

    /// <summary>How long, in processing time, after a late record its result follows; null if at once.</summary>
    public long? LateByClock { get; init; }

    /// <summary>Whether a result holds only the records since the one before it, rather than all.</summary>
    public bool Discards { get; init; }

    public bool NeedsClock => EarlyByClock is not null || LateByClock is not null;
}
