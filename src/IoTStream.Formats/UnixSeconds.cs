namespace IoTStream.Formats;

/// <summary>Moments as seconds since 1970, with fractions.</summary>
internal static class UnixSeconds
{
    private const decimal PerTick = 0.0000001m;
    private const decimal Least = -62_135_596_800m;
    private const decimal Most = 253_402_300_800m - PerTick;

    /// <summary>A floating-point number of seconds, to a microsecond: nearer to it are no others that matter now.</summary>
    /// <returns>The seconds; something beyond all time if they are not finite, or nearly so.</returns>
    public static decimal FromDouble(double seconds)
    {
        if (!(Math.Abs(seconds) < 1e15))
        {
            return decimal.MaxValue;
        }

        double whole = Math.Floor(seconds);
        return (decimal)whole + Math.Round((decimal)(seconds - whole), 6);
    }

    public static bool TryToTime(decimal seconds, out DateTimeOffset time)
    {
        if (seconds is < Least or > Most)
        {
            time = default;
            return false;
        }

        time = DateTimeOffset.UnixEpoch.AddTicks((long)(seconds / PerTick));
        return true;
    }

    /// <summary>The seconds without zeros at the end.</summary>
    public static decimal From(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * PerTick / 1.0000000000000000000000000000m;
}
