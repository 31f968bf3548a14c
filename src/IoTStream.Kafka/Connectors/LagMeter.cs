using System.Diagnostics.Metrics;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>How far a source is behind, as metrics under the name "IoTStream.Kafka.Source". Thread-safe.</summary>
internal sealed class LagMeter : IDisposable
{
    private readonly Meter _meter = new("IoTStream.Kafka.Source");

    public LagMeter(SourceContext context, Func<IReadOnlyList<ConsumedPartition>> partitions)
    {
        _meter.CreateObservableGauge(
            "iotstream.kafka.lag", () => partitions().Select(partition => Of(context, partition, partition.Lag)), "{message}", "Offsets between what the pipeline was given and the end of the partition.");
        _meter.CreateObservableGauge(
            "iotstream.kafka.waiting", () => partitions().Select(partition => Of(context, partition, partition.Waiting)), "{message}", "Messages that were received and wait for the pipeline.");
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<long> Of(SourceContext context, ConsumedPartition partition, long value) => new(
        value,
        [
            new("iotstream.topology", context.Topology), new("iotstream.step", context.Step), new("messaging.destination.name", partition.Id.Topic),
            new("messaging.destination.partition.id", partition.Id.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ]);
}
