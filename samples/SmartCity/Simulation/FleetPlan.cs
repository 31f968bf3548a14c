namespace SmartCity.Simulation;

/// <summary>What a fleet consists of and when it reports.</summary>
internal sealed class FleetPlan
{
    private const int SensorsARoad = 20;

    /// <param name="options">How many sensors there are, and how often they report.</param>
    /// <param name="topic">What all topics begin with.</param>
    public FleetPlan(CityOptions options, string topic)
    {
        int roads = Math.Max(1, options.Sensors / SensorsARoad);
        Sensors = [.. Enumerable.Range(0, options.Sensors).Select(index => new Sensor(index, index % roads, topic))];
        Timetable = new Timetable(options.Sensors, options.Interval, options.Speedup);
        Copies = options.Copies;
    }

    public IReadOnlyList<Sensor> Sensors { get; }

    public Timetable Timetable { get; }

    /// <summary>How many times the message of a number, counted from 1, is handed to the network.</summary>
    public Func<long, int> Copies { get; }
}
