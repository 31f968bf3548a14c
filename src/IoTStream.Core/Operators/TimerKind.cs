namespace IoTStream.Operators;

/// <summary>What a timer goes by.</summary>
public enum TimerKind
{
    /// <summary>The watermark: the timer fires when no record of its instant or an earlier one is expected any more.</summary>
    EventTime,

    /// <summary>The clock of the job.</summary>
    ProcessingTime,
}
