using System.Globalization;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Which windows a key has, by whose time they go and when they give results.</summary>
/// <param name="Windows">The windows.</param>
/// <param name="Trigger">When they give results.</param>
/// <param name="DeviceTime">How a key's own time is known; null if windows go by the stream's.</param>
/// <param name="Calendar">What divides time into windows, if it is a calendar: of the windows, only their allowed lateness holds then.</param>
internal sealed record KeyedWindowSettings(WindowSettings Windows, TriggerSettings Trigger, DeviceTime? DeviceTime, CivilCalendar? Calendar = null)
{
    /// <summary>Whether the windows are sessions, whose gap is the size then.</summary>
    public bool AreSessions { get; init; }

    /// <summary>Which windows there are, in words that stay the same as long as the windows do.</summary>
    public string Words => AreSessions
        ? string.Create(CultureInfo.InvariantCulture, $"sessions with a gap of {Windows.Size}")
        : Calendar?.Words ?? Windows.Words;

    /// <summary>One window that holds everything: it gives its result on time when the input ends.</summary>
    public static WindowSettings Global { get; } = new(long.MaxValue, long.MaxValue, Offset: 0, AllowedLateness: 0);
}
