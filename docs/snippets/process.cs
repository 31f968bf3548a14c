using System.Text.Json;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.State;
using IoTStream.Time;

var builder = new TopologyBuilder("snippet");
DataStream<Reading> stream = builder.From<Reading>("given", []);
KeyedStream<string, Reading> keyed = stream
    .WithEventTime(r => r.MeasuredAt, Watermarks.Monotonous())
    .KeyBy(r => r.Machine);
DataStream<Limit> limits = builder.From<Limit>("limits", []);

internal sealed record Reading(string Machine, DateTimeOffset MeasuredAt, double Celsius);

internal sealed record Limit(string Machine, double Celsius);
