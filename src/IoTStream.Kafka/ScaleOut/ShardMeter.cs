using System.Diagnostics.Metrics;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>How many shards a process has, as metrics under the name "IoTStream.Kafka.ScaleOut". Thread-safe.</summary>
internal sealed class ShardMeter : IDisposable
{
    private readonly Meter _meter = new("IoTStream.Kafka.ScaleOut");

    public ShardMeter(string application, ShardRunner runner)
    {
        KeyValuePair<string, object?> tag = new("iotstream.application", application);
        _meter.CreateObservableGauge("iotstream.kafka.shards.assigned", () => new Measurement<int>(runner.Shards.Count, tag), "{shard}", "Shards that the process has been given.");
        _meter.CreateObservableGauge(
            "iotstream.kafka.shards.running", () => new Measurement<int>(runner.Shards.Count(shard => runner.JobOf(shard) is not null), tag), "{shard}", "Shards of the process whose state is there, so that they are at work.");
    }

    public void Dispose() => _meter.Dispose();
}
