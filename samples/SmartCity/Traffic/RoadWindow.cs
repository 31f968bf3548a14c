using IoTStream.Time;

namespace SmartCity.Traffic;

/// <summary>A line of the file of windows: what is known of a road in a window.</summary>
internal sealed record RoadWindow(
    string Road,
    DateTimeOffset Start,
    DateTimeOffset End,
    long Readings,
    long Vehicles,
    long Pedestrians,
    double MeanSpeed,
    double Congestion)
{
    public static RoadWindow Of(WindowResult<string, RoadTraffic> result) => new(
        result.Key,
        result.Window.Start,
        result.Window.End,
        result.Value.Readings,
        result.Value.Vehicles,
        result.Value.Pedestrians,
        Math.Round(result.Value.MeanSpeed, 2),
        Math.Round(Traffic.Congestion.Score(result.Value.MeanSpeed), 1));
}
