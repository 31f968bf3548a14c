namespace IoTStream.Time;

/// <summary>
/// Divides time into the days, weeks or months of the clocks in a time zone. A period begins with the first instant at which a clock there
/// shows its first midnight or, if that is skipped, anything later.
/// </summary>
/// <remarks>
/// This is asked of <see cref="TimeZoneInfo"/> only by its offsets at instants, which are unambiguous, and not by which local times it takes for
/// invalid or ambiguous: that knows of daylight saving time, but not of zones that change their standard time.
/// Immutable and thread-safe.
/// </remarks>
internal sealed class CivilCalendar(TimeZoneInfo zone, CivilPeriod period, DayOfWeek firstDay)
{
    /// <summary>The longest that a local time can be from UTC, and more: zones do not change twice within two days.</summary>
    private const long Reach = TimeSpan.TicksPerDay;

    /// <summary>Months before the year 1 and after the year 9999 are as long as December and January.</summary>
    private const long LongMonth = 31 * TimeSpan.TicksPerDay;

    private const int DaysPerWeek = 7;

    /// <summary>How long after a Monday weeks begin; time begins with a Monday.</summary>
    private readonly long _weekOffset = ((int)firstDay + DaysPerWeek - (int)DayOfWeek.Monday) % DaysPerWeek * TimeSpan.TicksPerDay;

    /// <summary>Which periods these are, in words that stay the same as long as the periods do.</summary>
    public string Words { get; } = period == CivilPeriod.Week ? $"weeks of {zone.Id} from {firstDay}" : $"{period}s of {zone.Id}";

    /// <summary>The period that holds an instant.</summary>
    public Window WindowOf(long timestamp)
    {
        long local = StartOf(timestamp + OffsetAt(timestamp));
        long start = FirstInstantOf(local);
        while (true)
        {
            local += LengthFrom(local);
            long end = FirstInstantOf(local);

            // Clocks that are set back over midnight show the day before once more. It has ended for all that.
            if (timestamp < end)
            {
                return new Window(start, end);
            }

            start = end;
        }
    }

    private long StartOf(long local) => period switch
    {
        CivilPeriod.Day => Ticks.Floor(local, TimeSpan.TicksPerDay, offset: 0),
        CivilPeriod.Week => Ticks.Floor(local, DaysPerWeek * TimeSpan.TicksPerDay, _weekOffset),
        _ => StartOfMonth(local),
    };

    private long LengthFrom(long localStart) => period switch
    {
        CivilPeriod.Day => TimeSpan.TicksPerDay,
        CivilPeriod.Week => DaysPerWeek * TimeSpan.TicksPerDay,
        _ => LengthOfMonth(localStart),
    };

    private static long StartOfMonth(long local)
    {
        if (IsInCalendar(local))
        {
            var date = new DateTime(local);
            return new DateTime(date.Year, date.Month, 1).Ticks;
        }

        return Ticks.Floor(local, LongMonth, local < 0 ? 0 : Ticks.Last + 1);
    }

    private static long LengthOfMonth(long localStart)
    {
        if (IsInCalendar(localStart))
        {
            var date = new DateTime(localStart);
            return DateTime.DaysInMonth(date.Year, date.Month) * TimeSpan.TicksPerDay;
        }

        return LongMonth;
    }

    private static bool IsInCalendar(long ticks) => (ulong)ticks <= (ulong)Ticks.Last;

    /// <summary>The first instant at which clocks show a local time or a later one.</summary>
    private long FirstInstantOf(long local)
    {
        long low = local - Reach;
        long high = local + Reach;
        long before = OffsetAt(low);
        long after = OffsetAt(high);
        if (before == after)
        {
            return local - before;
        }

        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            if (OffsetAt(middle) == before)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        // The change is at the instant "high". Either the time is reached before it, or it is skipped, or it comes after it.
        return local - before < high ? local - before : Math.Max(high, local - after);
    }

    private long OffsetAt(long timestamp) => zone.GetUtcOffset(new DateTime(Math.Clamp(timestamp, 0, Ticks.Last), DateTimeKind.Utc)).Ticks;
}
