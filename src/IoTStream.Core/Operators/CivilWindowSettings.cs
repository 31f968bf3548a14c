using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Which windows of a calendar there are, and how long, in ticks, they are kept after they have fired.</summary>
internal sealed record CivilWindowSettings(CivilCalendar Calendar, long AllowedLateness);
