using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Sends each record to the lane that owns its key's group.</summary>
internal sealed class KeyedExchangeOutput<TKey, T>(Func<T, TKey> key, Func<TKey, uint> hash, Ring<T>[] rings, int batchSize)
    : ExchangeOutput<T>(rings, batchSize)
{
    protected override void Distribute(scoped in Batch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        for (int i = 0; i < values.Length; i++)
        {
            BufferOf(ReceiverOf(values[i])).Add(batch.Timestamps[i], in values[i], batch.Origins[i]);
        }
    }

    private int ReceiverOf(T value)
    {
        try
        {
            return key(value) is { } found ? KeyGroups.LaneOf(KeyGroups.Of(hash(found)), Receivers) : 0;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The stateful step asks for the key again, fails in the same way and applies the policy that the user gave it.
            return 0;
        }
    }
}
