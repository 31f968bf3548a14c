using System.Globalization;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Which windows there are, in ticks: one of <paramref name="Size"/> starts every <paramref name="Slide"/>.</summary>
internal readonly record struct WindowSettings(long Size, long Slide, long Offset, long AllowedLateness)
{
    /// <summary>Which windows there are, in words that stay the same as long as the windows do.</summary>
    public string Words => string.Create(CultureInfo.InvariantCulture, $"windows of {Size} every {Slide} from {Offset}");

    /// <summary>The start of the last window that holds a timestamp.</summary>
    public long LastStart(long timestamp) => Ticks.Floor(timestamp, Slide, Offset);

    /// <summary>Whether a window that ends there has fired.</summary>
    public static bool HasFired(long end, long watermark) => end - 1 <= watermark;

    /// <summary>Whether the state of a window that ends there has been given up.</summary>
    public bool HasExpired(long end, long watermark) => HasExpired(end, AllowedLateness, watermark);

    /// <summary>Whether the state of a window that ends there has been given up.</summary>
    public static bool HasExpired(long end, long allowedLateness, long watermark) => end - 1 + allowedLateness <= watermark;
}
