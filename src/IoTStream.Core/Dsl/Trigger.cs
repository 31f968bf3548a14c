using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>
/// When the window of a key gives results, and what they hold. There is always the one on time; early ones come before it and late ones after
/// it, each only if there are records that no result has shown yet. Made by <see cref="Triggers"/>.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record Trigger
{
    internal Trigger()
    {
    }

    /// <summary>How long, in processing time, after a record that no result has shown there is an early result; null if there is none.</summary>
    public TimeSpan? EarlyProcessingTime { get; private init; }

    /// <summary>How far apart in event time early results are; null if there are none.</summary>
    public TimeSpan? EarlyEventTime { get; private init; }

    /// <summary>After how many records that no result has shown there is an early result; null if there is none.</summary>
    public int? EarlyRecords { get; private init; }

    /// <summary>How long, in processing time, after a late record there is a new result; null, the default, is at once.</summary>
    public TimeSpan? LateProcessingTime { get; private init; }

    /// <summary>Whether a result holds only the records since the one before it; by default it holds all of the window.</summary>
    public bool Discards { get; private init; }

    internal TriggerSettings Settings => new()
    {
        EarlyByClock = EarlyProcessingTime?.Ticks,
        EarlyByEventTime = EarlyEventTime?.Ticks,
        EarlyByCount = EarlyRecords,
        LateByClock = LateProcessingTime?.Ticks,
        Discards = Discards,
    };

    /// <summary>
    /// Gives an early result of a key and window an interval after the first record that no result has shown. So no record stays unseen for
    /// longer, and keys without new records give nothing.
    /// </summary>
    /// <param name="processingTime">The interval, in processing time; more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="processingTime"/> is zero or less.</exception>
    public Trigger OrEarlyEvery(TimeSpan processingTime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(processingTime, TimeSpan.Zero);
        return this with { EarlyProcessingTime = processingTime };
    }

    /// <summary>Gives an early result of a key and window when it has taken in a number of records since the last one.</summary>
    /// <param name="records">The number, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="records"/> is less than 1.</exception>
    public Trigger OrEarlyEvery(int records)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(records, 1);
        return this with { EarlyRecords = records };
    }

    /// <summary>
    /// Gives early results when event time has got past a stretch of the window: with an interval of a minute, when everything of its first
    /// minute is there, then when everything of the second is, and on. Records that came ahead of that can be in a result already.
    /// </summary>
    /// <param name="eventTime">How long a stretch is; more than zero. An interval as long as the window or longer gives nothing early.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="eventTime"/> is zero or less.</exception>
    public Trigger OrEarlyEveryEventTime(TimeSpan eventTime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(eventTime, TimeSpan.Zero);
        return this with { EarlyEventTime = eventTime };
    }

    /// <summary>Gives a new result for each late record that the window still takes in, as windows do by default.</summary>
    public Trigger LatePerRecord() => this with { LateProcessingTime = null };

    /// <summary>
    /// Gives a new result an interval after a late record, together with all that have come until then; and at the latest when the window
    /// is given up.
    /// </summary>
    /// <param name="processingTime">The interval, in processing time; more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="processingTime"/> is zero or less.</exception>
    public Trigger LateEvery(TimeSpan processingTime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(processingTime, TimeSpan.Zero);
        return this with { LateProcessingTime = processingTime };
    }

    /// <summary>Has each result hold all records of the window so far, as is the default: it replaces the one before it. The result on time always comes.</summary>
    public Trigger Accumulate() => this with { Discards = false };

    /// <summary>
    /// Has each result hold only the records since the one before it: together they are the window. The result on time comes only if there are
    /// any.
    /// </summary>
    public Trigger Discard() => this with { Discards = true };

    /// <inheritdoc/>
    public override string ToString()
    {
        List<string> parts = [];
        if (EarlyProcessingTime is { } clock)
        {
            parts.Add($"early every {clock}");
        }

        if (EarlyEventTime is { } eventTime)
        {
            parts.Add($"early every {eventTime} of event time");
        }

        if (EarlyRecords is { } records)
        {
            parts.Add($"early every {records} records");
        }

        if (LateProcessingTime is { } late)
        {
            parts.Add($"late every {late}");
        }

        parts.Add(Discards ? "discarding" : "accumulating");
        return string.Join(", ", parts);
    }
}
