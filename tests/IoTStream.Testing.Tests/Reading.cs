namespace IoTStream.Testing.Tests;

internal sealed record Reading(string Road, int Second, double Speed)
{
    public DateTimeOffset MeasuredAt => new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero).AddSeconds(Second);
}
