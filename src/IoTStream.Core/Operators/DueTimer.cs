using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>A timer that has fired.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public readonly record struct DueTimer
{
    internal DueTimer(long timeTicks, TimerKind kind)
    {
        TimeTicks = timeTicks;
        Kind = kind;
    }

    /// <summary>The instant for which it was set.</summary>
    public DateTimeOffset Time => Ticks.ToInstant(TimeTicks);

    /// <summary><see cref="Time"/> in UTC ticks of 100 ns.</summary>
    public long TimeTicks { get; }

    /// <summary>What it goes by.</summary>
    public TimerKind Kind { get; }
}
