using System.Diagnostics.Metrics;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Counts what sources do with messages besides handing them out: the meter <c>IoTStream.Amqp.Source</c>. Thread-safe.</summary>
internal sealed class SourceMeter(SourceContext context)
{
    private static readonly Meter Meter = new("IoTStream.Amqp.Source");

    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "iotstream.amqp.rejected", "{message}", "Messages that did not decode and were rejected, so that the server brings them to a dead-letter exchange or drops them.");

    private static readonly Counter<long> Repeated = Meter.CreateCounter<long>(
        "iotstream.amqp.repeated", "{message}", "Messages that were passed over because their identifier had been seen.");

    private static readonly Counter<long> Unidentified = Meter.CreateCounter<long>(
        "iotstream.amqp.unidentified", "{message}", "Messages without an identifier, where identifiers are remembered: one of them that comes again counts again.");

    private static readonly Counter<long> Lost = Meter.CreateCounter<long>("iotstream.amqp.source.lost", "{connection}", "Connections that were lost.");

    private readonly KeyValuePair<string, object?> _topology = new("iotstream.topology", context.Topology);
    private readonly KeyValuePair<string, object?> _step = new("iotstream.step", context.Step);

    public void CountRejected() => Rejected.Add(1, _topology, _step);

    public void CountRepeated() => Repeated.Add(1, _topology, _step);

    public void CountUnidentified() => Unidentified.Add(1, _topology, _step);

    public void CountLost() => Lost.Add(1, _topology, _step);
}
