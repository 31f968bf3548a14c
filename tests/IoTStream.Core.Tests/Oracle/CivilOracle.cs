namespace IoTStream.Core.Tests.Oracle;

/// <summary>Windows of a calendar by definition: what a clock shows, record by record.</summary>
internal sealed class CivilOracle(TimeZoneInfo zone, string period, DayOfWeek first)
{
    private readonly Dictionary<DateTime, (long Start, long End)> _bounds = [];

    /// <summary>The first day of the period that an instant belongs to. One that has begun goes on if clocks are set back over midnight.</summary>
    public DateTime LabelOf(long time)
    {
        DateTime label = Shown(time);
        if (zone.GetUtcOffset(new DateTime(time - (2 * TimeSpan.TicksPerHour), DateTimeKind.Utc)) == zone.GetUtcOffset(new DateTime(time, DateTimeKind.Utc)))
        {
            return label;
        }

        for (int seconds = 30; seconds <= 2 * 60 * 60; seconds += 30)
        {
            DateTime before = Shown(time - (seconds * TimeSpan.TicksPerSecond));
            label = before > label ? before : label;
        }

        return label;
    }

    /// <summary>The first instant of the period of an instant, and the first one after it.</summary>
    public (long Start, long End) BoundsOf(long time)
    {
        DateTime label = LabelOf(time);
        if (!_bounds.TryGetValue(label, out (long Start, long End) bounds))
        {
            const long Long = 33 * TimeSpan.TicksPerDay;
            bounds = (FirstWhere(time - Long, time, instant => LabelOf(instant) >= label), FirstWhere(time, time + Long, instant => LabelOf(instant) > label));
            _bounds.Add(label, bounds);
        }

        return bounds;
    }

    private DateTime Shown(long time)
    {
        DateTime day = TimeZoneInfo.ConvertTime(new DateTimeOffset(time, TimeSpan.Zero), zone).DateTime.Date;
        return period switch
        {
            "days" => day,
            "months" => new DateTime(day.Year, day.Month, 1),
            _ => Enumerable.Range(0, 7).Select(days => day.AddDays(-days)).First(start => start.DayOfWeek == first),
        };
    }

    private static long FirstWhere(long low, long high, Func<long, bool> isThere)
    {
        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            if (isThere(middle))
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high;
    }
}
