using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>Windows by the calendar and the clocks of a place: days, weeks and months of a time zone, however long each is.</summary>
/// <remarks>
/// A day of 23 hours, when clocks are put forward, is a window of 23 hours. Zones come from <see cref="TimeZoneInfo.FindSystemTimeZoneById"/>, and
/// with them the rules that the machine knows. A job that runs on several machines should find the same rules on all.
/// </remarks>
public static class Civil
{
    /// <summary>Days, from midnight to midnight.</summary>
    /// <param name="zone">Whose clocks are meant.</param>
    public static CivilWindows Days(TimeZoneInfo zone) => Of(zone, CivilPeriod.Day);

    /// <summary>Weeks, from midnight to midnight.</summary>
    /// <param name="zone">Whose clocks are meant.</param>
    /// <param name="first">The day with which a week begins: Monday in Europe, Sunday in America, Saturday in much of the Arab world.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is no day of the week.</exception>
    public static CivilWindows Weeks(TimeZoneInfo zone, DayOfWeek first)
    {
        return !Enum.IsDefined(first)
            ? throw new ArgumentOutOfRangeException(nameof(first), first, "There is no such day of the week.")
            : Of(zone, CivilPeriod.Week, first);
    }

    /// <summary>Months of the Gregorian calendar, from the midnight with which the first day begins.</summary>
    /// <param name="zone">Whose clocks are meant.</param>
    public static CivilWindows Months(TimeZoneInfo zone) => Of(zone, CivilPeriod.Month);

    private static CivilWindows Of(TimeZoneInfo zone, CivilPeriod period, DayOfWeek first = DayOfWeek.Monday)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return new CivilWindows(zone, period, first);
    }
}
