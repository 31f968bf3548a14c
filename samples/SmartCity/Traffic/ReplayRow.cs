using System.Globalization;

namespace SmartCity.Traffic;

/// <summary>A line of a file that is replayed, as it was read: <c>timestamp,speed</c>.</summary>
/// <param name="Sensor">The number of the file.</param>
/// <param name="Sequence">The number of the row in its file, from 0.</param>
/// <param name="Road">The road that the file is about.</param>
/// <param name="Line">The line.</param>
internal sealed record ReplayRow(int Sensor, long Sequence, string Road, string Line) : INumbered
{
    /// <summary>The reading that the line tells of, or null if it is not of the form <c>timestamp,speed</c>.</summary>
    public Reading? TryRead()
    {
        const DateTimeStyles LocalTimesAreUtc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        int comma = Line.IndexOf(',', StringComparison.Ordinal);
        return comma >= 0
            && DateTimeOffset.TryParse(Line.AsSpan(0, comma), CultureInfo.InvariantCulture, LocalTimesAreUtc, out DateTimeOffset time)
            && double.TryParse(Line.AsSpan(comma + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double speed)
            ? new Reading(Sensor, Sequence, Road, time.ToUnixTimeMilliseconds(), Vehicles: 0, speed, Pedestrians: 0, SentAt: 0)
            : null;
    }

    /// <summary>The reading that the line tells of.</summary>
    /// <exception cref="FormatException">The line is not of the form <c>timestamp,speed</c>.</exception>
    public Reading Read() => TryRead() ?? throw new FormatException("The row is not of the form timestamp,speed.");
}
