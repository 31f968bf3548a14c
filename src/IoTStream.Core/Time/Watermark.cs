namespace IoTStream.Time;

/// <summary>
/// A watermark w says that no record with a timestamp of w or earlier is expected any more. It is a number of UTC ticks, with two
/// values that are no time: nothing is known yet, and everything has arrived.
/// </summary>
internal static class Watermark
{
    public const long None = long.MinValue;
    public const long End = long.MaxValue;
}
