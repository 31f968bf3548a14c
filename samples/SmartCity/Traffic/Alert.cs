namespace SmartCity.Traffic;

/// <summary>A line of the file of alerts: a road on which traffic was slow for a window.</summary>
internal sealed record Alert(string Road, DateTimeOffset Since, DateTimeOffset Until, double MeanSpeed, double Congestion)
{
    public static Alert Of(RoadWindow window) => new(window.Road, window.Start, window.End, window.MeanSpeed, window.Congestion);
}
