using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

Reading[] readings = [new("pump-1", DateTimeOffset.UnixEpoch, 61.5)];
var builder = new TopologyBuilder("snippet");
DataStream<Reading> stream = builder.From("given", readings);

internal sealed record Reading(string Machine, DateTimeOffset MeasuredAt, double Celsius);
