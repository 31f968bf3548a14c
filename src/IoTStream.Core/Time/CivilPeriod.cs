namespace IoTStream.Time;

/// <summary>What a calendar divides time into.</summary>
internal enum CivilPeriod
{
    Day,
    Week,
    Month,
}
