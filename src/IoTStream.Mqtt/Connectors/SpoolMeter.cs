using System.Diagnostics.Metrics;
using IoTStream.Connectors;
using IoTStream.Log;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What a sink has stored, forwarded and dropped, as metrics under the name "IoTStream.Mqtt.Sink". Thread-safe.</summary>
internal sealed class SpoolMeter : IDisposable
{
    private readonly Meter _meter = new("IoTStream.Mqtt.Sink");
    private readonly KeyValuePair<string, object?>[] _tags;
    private long _stored;
    private long _forwarded;
    private long _tooOld;
    private long _expired;

    public SpoolMeter(Spool spool, SinkContext context)
    {
        _tags = [new("iotstream.topology", context.Topology), new("iotstream.step", context.Step)];
        _meter.CreateObservableUpDownCounter("iotstream.mqtt.spool.waiting", () => Of(spool.Count), "{message}", "Messages that are stored and not acknowledged.");
        _meter.CreateObservableUpDownCounter("iotstream.mqtt.spool.size", () => Of(spool.Bytes), "By", "The files of the spool.");
        _meter.CreateObservableCounter("iotstream.mqtt.spool.stored", () => Of(Interlocked.Read(ref _stored)), "{message}");
        _meter.CreateObservableCounter("iotstream.mqtt.spool.forwarded", () => Of(Interlocked.Read(ref _forwarded)), "{message}");
        _meter.CreateObservableCounter(
            "iotstream.mqtt.spool.dropped",
            () => new[] { Of(spool.DroppedForRoom, "full"), Of(spool.DroppedForAge + Interlocked.Read(ref _tooOld), "age"), Of(Interlocked.Read(ref _expired), "expiry") },
            "{message}");
    }

    public void CountStored(int messages) => Interlocked.Add(ref _stored, messages);

    public void CountForwarded() => Interlocked.Increment(ref _forwarded);

    /// <summary>A message was dropped on its way from the spool to the server.</summary>
    /// <param name="isTooOld">Whether it was too old to be kept; else it has expired.</param>
    public void CountDropped(bool isTooOld) => Interlocked.Increment(ref isTooOld ? ref _tooOld : ref _expired);

    public void Dispose() => _meter.Dispose();

    private Measurement<long> Of(long value) => new(value, _tags);

    private Measurement<long> Of(long value, string reason) => new(value, [.. _tags, new("reason", reason)]);
}
