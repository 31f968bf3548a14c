using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Time;

var midnight = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
var home = new TopologyBuilder("home");

// Two thermometers that each report every two seconds of event time; ten hours of it pass in two seconds.
home.From("thermometers", Generator.AtRate(18_000, n => new Reading(n % 2 == 0 ? "cellar" : "attic", midnight.AddSeconds(n), 15 + (n % 2 * n / 3600.0)), 36_000))
    .WithEventTime(r => r.MeasuredAt, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(5)))
    .KeyBy(r => r.Room)
    .Window(Tumbling.Of(TimeSpan.FromHours(1)), AllowedLateness.None)
    .Aggregate("mean", Aggregates.Mean<Reading>(r => r.Celsius))
    .Where(hour => hour.Value > 20)
    .ToConsole("warm", hour => $"{hour.Window.Start:HH:mm} {hour.Key}: {hour.Value:F1} °C");

await using Job job = await home.Build().StartAsync();
await job.Completion;

internal sealed record Reading(string Room, DateTimeOffset MeasuredAt, double Celsius);
