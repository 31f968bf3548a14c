using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Divides event time into slices wherever a window starts or ends, so that all instants of a slice lie in the same windows. There are at most
/// two slices for each start of a window, whatever sizes and slides have in common.
/// </summary>
internal sealed class Slicing(WindowSettings[] windows)
{
    /// <summary>The slice that holds a timestamp.</summary>
    public (long Start, long End) SliceOf(long timestamp)
    {
        long start = long.MinValue;
        long end = long.MaxValue;
        foreach (ref readonly WindowSettings settings in windows.AsSpan())
        {
            // Between two starts lies at most one end: that of the window which started as many whole slides before as its size holds.
            long windowStart = settings.LastStart(timestamp);
            long windowEnd = windowStart + (settings.Size % settings.Slide);
            bool isBehindEnd = timestamp >= windowEnd;
            start = Math.Max(start, isBehindEnd ? windowEnd : windowStart);
            end = Math.Min(end, isBehindEnd ? windowStart + settings.Slide : windowEnd);
        }

        return (start, end);
    }

    /// <summary>Whether all windows that hold a slice have expired.</summary>
    public bool HasExpired(long timestamp, long watermark)
    {
        foreach (ref readonly WindowSettings settings in windows.AsSpan())
        {
            if (!settings.HasExpired(settings.LastStart(timestamp) + settings.Size, watermark))
            {
                return false;
            }
        }

        return true;
    }
}
