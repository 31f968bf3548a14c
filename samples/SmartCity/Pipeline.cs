using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;
using SmartCity.Accounting;
using SmartCity.Traffic;

namespace SmartCity;

/// <summary>From readings to windows a road, alerts, and files of both: the same for live traffic and for a replay.</summary>
internal static class Pipeline
{
    public static Topology Describe(IFeed feed, CityOptions options, Audit audit)
    {
        var city = new TopologyBuilder("smart-city");

        DataStream<Reading> readings = feed.Readings(city)
            .Select(reading => reading.Checked(), ErrorPolicy.DeadLetter, "check")
            .WithEventTime(reading => reading.MeasuredAt, Watermarks.BoundedOutOfOrderness(feed.OutOfOrderness), ErrorPolicy.DeadLetter);

        DataStream<RoadWindow> windows = readings
            .KeyBy(reading => reading.Road)
            .Window(Tumbling.Of(options.Window), AllowedLateness.None)
            .Aggregate("traffic", RoadTraffic.OfReadings, out DataStream<Reading> late)
            .Select(RoadWindow.Of);

        DataStream<Alert> alerts = windows
            .Where(window => window.MeanSpeed < options.SlowBelow)
            .Select(Alert.Of);

        windows.To("windows", options.Output.File("windows.jsonl", CityJson.Default.RoadWindow));
        alerts.To("alerts", options.Output.File("alerts.jsonl", CityJson.Default.Alert));
        late.To("late", options.Output.File("late.jsonl", CityJson.Default.Reading));
        city.DeadLetters.Select(Rejected.Of).To("dead-letters", options.Output.File("dead-letters.jsonl", Rejected.LegibleJson));

        // Whatever goes in and comes out is counted here too, to be compared with what the fleet knows it sent.
        readings.ForEach("count-readings", audit.Take);
        windows.ForEach("count-windows", audit.Take);
        alerts.ForEach("count-alerts", audit.Take);
        late.ForEach("count-late", audit.TakeLate);
        city.DeadLetters.ForEach("count-dead-letters", audit.Take);

        return city.Build();
    }
}
