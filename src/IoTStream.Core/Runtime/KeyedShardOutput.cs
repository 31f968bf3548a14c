using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Sends each record to the shard that owns its key's group.</summary>
internal sealed class KeyedShardOutput<TKey, T>(
    KeySelector<T, TKey> key, Func<TKey, uint> hash, Shard shard, StepCounters counters, LaneCapture capture, EpochEnd end, Action hurry)
    : ShardOutput<T>(shard, counters, capture, end, hurry)
    where TKey : notnull
{
    private readonly int[] _owners = shard.KeyGroupOwners;

    protected override void Distribute(scoped in Batch<T> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            Add(ReceiverOf(in batch, i), in batch, i);
        }
    }

    private int ReceiverOf(scoped in Batch<T> batch, int index)
    {
        TKey found;
        try
        {
            found = KeySelectors.NotNull(key.Invoke(batch.Values[index], in batch, index));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The stateful step asks for the key again, fails in the same way and applies the policy that the user gave it.
            return 0;
        }

        try
        {
            return _owners[KeyGroups.Of(hash(found))];
        }
        catch (Exception exception)
        {
            // Nobody asks for the hash again, and a key without one belongs nowhere: the job fails.
            throw new StepException(Outbox.Step, exception);
        }
    }
}
