using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Time;

var builder = new TopologyBuilder("snippet");
KeyedStream<string, Report> reports = builder.From<Report>("reports", [])
    .WithEventTime(r => r.At, Watermarks.Monotonous())
    .KeyBy(r => r.Device);
KeyedStream<string, Alarm> alarms = builder.From<Alarm>("alarms", [])
    .WithEventTime(a => a.At, Watermarks.Monotonous())
    .KeyBy(a => a.Device);

internal sealed record Report(string Device, DateTimeOffset At, double Celsius, string Firmware, bool IsDecommissioned);

internal sealed record Alarm(string Device, DateTimeOffset At, string Text);
