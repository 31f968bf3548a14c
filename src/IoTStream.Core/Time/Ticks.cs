using System.Runtime.CompilerServices;

namespace IoTStream.Time;

/// <summary>Conversions to and from UTC ticks.</summary>
internal static class Ticks
{
    private const long MinUnixMilliseconds = -62_135_596_800_000;
    private const long MaxUnixMilliseconds = 253_402_300_799_999;

    /// <summary>A duration longer than any two timestamps can be apart, small enough to be added to one without overflow.</summary>
    public const long Forever = long.MaxValue / 2;

    /// <summary>The instant, or the nearest one that there is: windows around the first and the last instants reach beyond them.</summary>
    public static DateTimeOffset ToInstant(long ticks) =>
        new(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);

    public static long FromUnixMilliseconds(long milliseconds)
    {
        if ((ulong)(milliseconds - MinUnixMilliseconds) > MaxUnixMilliseconds - MinUnixMilliseconds)
        {
            ThrowOutOfRange(milliseconds);
        }

        return DateTime.UnixEpoch.Ticks + (milliseconds * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>The start of the interval of <paramref name="size"/> that holds <paramref name="timestamp"/>.</summary>
    public static long Floor(long timestamp, long size, long offset)
    {
        long remainder = (timestamp - offset) % size;
        return timestamp - (remainder < 0 ? remainder + size : remainder);
    }

    /// <summary>The last instant that .NET knows.</summary>
    public static readonly long Last = DateTimeOffset.MaxValue.Ticks;

    /// <summary>A duration as ticks, none longer than <see cref="Forever"/>.</summary>
    public static long Bounded(TimeSpan duration) => Math.Clamp(duration.Ticks, -Forever, Forever);

    /// <summary>The sum, or the nearest number that there is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Add(long a, long b)
    {
        long sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? long.MinValue : long.MaxValue) : sum;
    }

    private static void ThrowOutOfRange(long milliseconds) => throw new ArgumentOutOfRangeException(
        nameof(milliseconds), milliseconds, "The timestamp lies outside the years 1 to 9999. Is it in milliseconds since 1970-01-01?");
}
