using System.Text.Json.Serialization;

namespace SmartCity.Traffic;

/// <summary>What a sensor at an intersection reports.</summary>
/// <param name="Sensor">Which sensor.</param>
/// <param name="Sequence">The how-manieth message of that sensor this is, from 0: by it, losses and duplicates are found.</param>
/// <param name="Road">The road that it watches.</param>
/// <param name="MeasuredAt">When, in milliseconds since 1970.</param>
/// <param name="Vehicles">How many vehicles passed since the reading before.</param>
/// <param name="Speed">How fast they were on average, in km/h.</param>
/// <param name="Pedestrians">How many pedestrians crossed.</param>
/// <param name="SentAt">When it was sent, by the monotonic clock of the process that simulates the fleet; 0 if that is not known.</param>
internal sealed record Reading(
    int Sensor, long Sequence, string Road, long MeasuredAt, int Vehicles, double Speed, int Pedestrians, long SentAt) : INumbered
{
    public const double HighestSpeed = 250;

    /// <summary>Whether a sensor in working order can have measured this.</summary>
    [JsonIgnore]
    public bool IsPlausible => Speed is >= 0 and <= HighestSpeed && Vehicles >= 0 && Pedestrians >= 0;

    /// <summary>The reading itself.</summary>
    /// <exception cref="FormatException">It is not plausible.</exception>
    public Reading Checked() => IsPlausible
        ? this
        : throw new FormatException($"{Vehicles} vehicles at {Speed} km/h and {Pedestrians} pedestrians cannot be: the sensor is out of order.");
}
