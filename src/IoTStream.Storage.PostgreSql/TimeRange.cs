namespace IoTStream.Storage.PostgreSql;

/// <summary>A time from which on and one before which, in seconds from 1970 on.</summary>
internal readonly record struct TimeRange(double From, double To)
{
    /// <summary>What of it none of the others covers.</summary>
    /// <param name="others">In the order of time, none of which overlaps another.</param>
    public IEnumerable<TimeRange> Except(IEnumerable<TimeRange> others)
    {
        double from = From;
        foreach (TimeRange other in others)
        {
            if (other.From >= To)
            {
                break;
            }

            if (other.From > from)
            {
                yield return new TimeRange(from, other.From);
            }

            from = Math.Max(from, other.To);
        }

        if (from < To)
        {
            yield return new TimeRange(from, To);
        }
    }
}
