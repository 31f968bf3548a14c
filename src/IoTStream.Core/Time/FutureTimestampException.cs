namespace IoTStream.Time;

/// <summary>A record claims to be of a time that has not come yet; see <see cref="WatermarkStrategy.WithMaxAhead"/>.</summary>
public sealed class FutureTimestampException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="timestamp">The time that the record claims.</param>
    /// <param name="now">The job's clock.</param>
    /// <param name="maxAhead">How far ahead would have been accepted.</param>
    public FutureTimestampException(DateTimeOffset timestamp, DateTimeOffset now, TimeSpan maxAhead)
        : base($"The record's time {timestamp:O} is {timestamp - now} ahead of the clock; accepted are {maxAhead}. Is the clock of the device wrong?") =>
        Timestamp = timestamp;

    /// <summary>The time that the record claims.</summary>
    public DateTimeOffset Timestamp { get; }
}
