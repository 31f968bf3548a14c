namespace IoTStream.Dsl;

/// <summary>When windows give results besides the one on time.</summary>
public static class Triggers
{
    /// <summary>A result on time, and a new one for each late record: what windows do if nothing else is said.</summary>
    public static Trigger OnTime { get; } = new();

    /// <inheritdoc cref="Trigger.OrEarlyEvery(TimeSpan)"/>
    public static Trigger EarlyEvery(TimeSpan processingTime) => OnTime.OrEarlyEvery(processingTime);

    /// <inheritdoc cref="Trigger.OrEarlyEvery(int)"/>
    public static Trigger EarlyEvery(int records) => OnTime.OrEarlyEvery(records);

    /// <inheritdoc cref="Trigger.OrEarlyEveryEventTime"/>
    public static Trigger EarlyEveryEventTime(TimeSpan eventTime) => OnTime.OrEarlyEveryEventTime(eventTime);
}
