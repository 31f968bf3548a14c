using System.Diagnostics.Metrics;

namespace IoTStream.Storage.InfluxDb;

/// <summary>Counts what sinks could not store.</summary>
internal static class PointMetrics
{
    private static readonly Meter Meter = new("IoTStream.Storage.InfluxDb");

    private static readonly Counter<long> RejectedPoints =
        Meter.CreateCounter<long>("iotstream.influxdb.rejected", "{point}", "Points that could not be stored and were left out.");

    private static readonly Counter<long> Retries =
        Meter.CreateCounter<long>("iotstream.influxdb.retries", "{request}", "Requests that were tried again.");

    public static void Reject(string topology, string step, long points) => RejectedPoints.Add(points, new("topology", topology), new("step", step));

    public static void Retry(string topology, string step) => Retries.Add(1, new("topology", topology), new("step", step));
}
