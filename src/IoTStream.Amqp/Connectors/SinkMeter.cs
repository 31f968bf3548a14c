using System.Diagnostics.Metrics;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Counts what becomes of messages besides being confirmed: the meter <c>IoTStream.Amqp.Sink</c>. Thread-safe.</summary>
internal sealed class SinkMeter(SinkContext context)
{
    private static readonly Meter Meter = new("IoTStream.Amqp.Sink");

    private static readonly Counter<long> Returned = Meter.CreateCounter<long>("iotstream.amqp.returned", "{message}", "Messages that the server returned because they go to no queue.");

    private static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "iotstream.amqp.nacked", "{message}", "Negative confirms: messages that the server did not take, such as for a full queue, and that are published again.");

    private static readonly Counter<long> Lost = Meter.CreateCounter<long>("iotstream.amqp.sink.lost", "{connection}", "Connections that were lost.");

    private readonly KeyValuePair<string, object?> _topology = new("iotstream.topology", context.Topology);
    private readonly KeyValuePair<string, object?> _step = new("iotstream.step", context.Step);

    public void CountReturned() => Returned.Add(1, _topology, _step);

    public void CountNacked(int messages) => Refused.Add(messages, _topology, _step);

    public void CountLost() => Lost.Add(1, _topology, _step);
}
