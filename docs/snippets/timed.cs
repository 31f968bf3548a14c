using IoTStream.Dsl;
using IoTStream.Time;

KeyedStream<string, Reading> keyed = new TopologyBuilder("snippet")
    .From<Reading>("given", [])
    .WithEventTime(r => r.MeasuredAt, Watermarks.Monotonous())
    .KeyBy(r => r.Machine);

internal sealed record Reading(string Machine, DateTimeOffset MeasuredAt, double Celsius);
