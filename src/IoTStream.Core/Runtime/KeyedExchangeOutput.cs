using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Sends each record to the lane that owns its key's group.</summary>
internal sealed class KeyedExchangeOutput<TKey, T>(
    string step, KeySelector<T, TKey> key, Func<TKey, uint> hash, Ring<T>[] rings, int batchSize)
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
        TKey found;
        try
        {
            found = key.Invoke(batch.Values[index], in batch, index);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The stateful step asks for the key again, fails in the same way and applies the policy that the user gave it.
            return 0;
        }

        return found is null ? 0 : KeyGroups.LaneOf(KeyGroups.Of(HashOf(found)), Receivers);
    }

    /// <summary>Nobody asks for the hash again, and a key without one belongs nowhere: the job fails.</summary>
    private uint HashOf(TKey found)
    {
        try
        {
            return hash(found);
        }
        catch (Exception exception)
        {
            throw new StepException(step, exception);
        }
    }
}
