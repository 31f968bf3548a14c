using System.Diagnostics.Metrics;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>How far a source is behind and how much it has to do, as metrics under the name "IoTStream.Kafka.Source". Thread-safe.</summary>
internal sealed class LagMeter : IDisposable
{
    private readonly Meter _meter = new("IoTStream.Kafka.Source");

    public LagMeter(SourceContext context, Func<IReadOnlyList<ConsumedPartition>> partitions, SourceLoad load)
    {
        _meter.CreateObservableGauge(
            "iotstream.kafka.lag", () => partitions().Select(partition => Of(context, partition, partition.Lag)), "{message}", "Offsets between what the pipeline was given and the end of the partition.");
        _meter.CreateObservableGauge(
            "iotstream.kafka.waiting", () => partitions().Select(partition => Of(context, partition, partition.Waiting)), "{message}", "Messages that were received and wait for the pipeline.");
        List<KeyValuePair<string, object?>> place = [new("iotstream.topology", context.Topology), new("iotstream.step", context.Step)];
        if (context.Shard is { } shard)
        {
            place.Add(new("iotstream.shard", shard.Index));
        }

        _meter.CreateObservableGauge(
            "iotstream.kafka.utilization", () => new Measurement<double>(load.Utilization, place), "1", "The share of the time in which messages were there for the pipeline.");
        _meter.CreateObservableGauge(
            "iotstream.kafka.recommended_parallelism",
            () => load.RecommendedParallelism is > 0 and int processes ? [new Measurement<int>(processes, place)] : Array.Empty<Measurement<int>>(),
            "{process}",
            "How many processes it would take to keep up and to be rid of the lag in time.");
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<long> Of(SourceContext context, ConsumedPartition partition, long value) => new(
        value,
        [
            new("iotstream.topology", context.Topology), new("iotstream.step", context.Step), new("messaging.destination.name", partition.Id.Topic),
            new("messaging.destination.partition.id", partition.Id.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ]);
}
