using IoTStream.Time;

namespace IoTStream.Core.Tests.Support;

/// <summary>Time zones whose clocks do something out of the ordinary, as far as the machine knows them.</summary>
internal static class Zones
{
    private static readonly string[] Names =
    [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Australia/Adelaide", "America/Sao_Paulo", "America/Havana", "Atlantic/Azores",
        "Asia/Beirut", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu", "Africa/Casablanca", "UTC",
    ];

    private static readonly Lazy<(TimeZoneInfo Zone, long[] Changes)[]> Known = new(() => [.. Names
        .Select(name => TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) ? zone : null)
        .OfType<TimeZoneInfo>()
        .Select(zone => (zone, ChangesOf(zone)))]);

    /// <summary>The zones, each with hours of the years 1975 to 2037 in which its offset changes.</summary>
    public static (TimeZoneInfo Zone, long[] Changes)[] All
    {
        get
        {
            if (Known.Value.Length < Names.Length)
            {
                Assert.Ignore("This machine has no time zone data (tzdata), or not all of it.");
            }

            return Known.Value;
        }
    }

    /// <summary>A zone by its name; the test is left out, with a reason, if the machine does not know it.</summary>
    public static TimeZoneInfo Find(string name)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone))
        {
            Assert.Ignore($"This machine has no time zone data for {name} (tzdata).");
        }

        return zone!;
    }

    private static long[] ChangesOf(TimeZoneInfo zone)
    {
        var changes = new List<long>();
        var end = new DateTime(2038, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        for (var time = new DateTime(1975, 1, 1, 0, 0, 0, DateTimeKind.Utc); time < end; time = time.AddHours(12))
        {
            if (zone.GetUtcOffset(time) == zone.GetUtcOffset(time.AddHours(12)))
            {
                continue;
            }

            DateTime change = time;
            while (zone.GetUtcOffset(change) == zone.GetUtcOffset(time))
            {
                change = change.AddMinutes(1);
            }

            changes.Add(change.Ticks);
        }

        return changes.Count > 0 ? [.. changes] : [new DateTime(2026, 1, 1).Ticks];
    }
}
