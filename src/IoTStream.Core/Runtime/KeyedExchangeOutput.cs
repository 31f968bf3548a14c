using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Sends each record to the lane that owns its key's group.</summary>
internal sealed class KeyedExchangeOutput<TKey, T>(KeySelector<T, TKey> key, Func<TKey, uint> hash, Ring<T>[] rings, int batchSize)
    : ExchangeOutput<T>(rings, batchSize)
{
    protected override void Distribute(scoped in Batch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        for (int i = 0; i < values.Length; i++)
        {
            BufferOf(ReceiverOf(in batch, i)).Add(batch.Timestamps[i], in values[i], batch.Origins[i]);
        }
    }

    private int ReceiverOf(scoped in Batch<T> batch, int index)
    {
        try
        {
            return key.Invoke(batch.Values[index], in batch, index) is { } found ? KeyGroups.LaneOf(KeyGroups.Of(hash(found)), Receivers) : 0;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The stateful step asks for the key again, fails in the same way and applies the policy that the user gave it.
            return 0;
        }
    }
}
