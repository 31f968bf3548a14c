using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Which windows a key has, by whose time they go and when they give results.</summary>
/// <param name="Windows">The windows.</param>
/// <param name="Trigger">When they give results.</param>
/// <param name="DeviceTime">How a key's own time is known; null if windows go by the stream's.</param>
/// <param name="Calendar">What divides time into windows, if it is a calendar: of the windows, only their allowed lateness holds then.</param>
internal sealed record KeyedWindowSettings(WindowSettings Windows, TriggerSettings Trigger, DeviceTime? DeviceTime, CivilCalendar? Calendar = null)
{
    /// <summary>One window that holds everything: it gives its result on time when the input ends.</summary>
    public static WindowSettings Global { get; } = new(long.MaxValue, long.MaxValue, Offset: 0, AllowedLateness: 0);
}
