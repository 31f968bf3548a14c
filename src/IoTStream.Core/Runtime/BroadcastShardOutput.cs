using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Sends every record to every shard.</summary>
internal sealed class BroadcastShardOutput<T>(Shard shard, StepCounters counters, LaneCapture capture, EpochEnd end, Action hurry)
    : ShardOutput<T>(shard, counters, capture, end, hurry)
{
    protected override void Distribute(scoped in Batch<T> batch)
    {
        for (int receiver = 0; receiver < Receivers; receiver++)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                Add(receiver, in batch, i);
            }
        }
    }
}
