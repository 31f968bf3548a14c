namespace IoTStream.State;

/// <summary>
/// How long a state of a key is remembered. What has expired is never seen again, and its memory is given back bit by bit while records
/// come in. A list or a map expires as a whole.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record StateTtl
{
    private StateTtl(TimeSpan time, bool isEventTime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        Time = time;
        IsEventTime = isEventTime;
    }

    /// <summary>How long after it was last written, or read if reading refreshes it, a state expires.</summary>
    public TimeSpan Time { get; }

    /// <summary>Whether the time is measured by the timestamps of records and timers, and not by the clock.</summary>
    public bool IsEventTime { get; }

    /// <summary>Whether reading a state makes it live longer too.</summary>
    public bool IsRefreshedByReads { get; private init; }

    /// <summary>
    /// By event time: what was written for an instant is not seen by records and timers of that instant plus the time, or later. An earlier record
    /// that comes after it does not shorten its life.
    /// </summary>
    /// <param name="time">The time, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is zero or less.</exception>
    public static StateTtl ByEventTime(TimeSpan time) => new(time, isEventTime: true);

    /// <summary>By the clock of the job.</summary>
    /// <param name="time">The time, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is zero or less.</exception>
    public static StateTtl ByProcessingTime(TimeSpan time) => new(time, isEventTime: false);

    /// <summary>Lets reading refresh a state as writing does.</summary>
    public StateTtl RefreshedByReads() => this with { IsRefreshedByReads = true };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Time} of {(IsEventTime ? "event" : "processing")} time{(IsRefreshedByReads ? ", refreshed by reads" : "")}";
}
