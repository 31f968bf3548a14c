using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>
/// Sends each record to the lane that owns its key's group. Keys, receivers and records are each dealt with in a loop of their own, which is
/// short enough to stay in registers.
/// </summary>
internal sealed class KeyedExchangeOutput<TKey, T>(
    string step, KeySelector<T, TKey> key, Func<TKey, uint> hash, int[] owners, Ring<T>[] rings, int batchSize)
    : ExchangeOutput<T>(rings, batchSize)
    where TKey : notnull
{
    private readonly KeyColumn<T, TKey> _keys = new(key, batchSize);
    private readonly int[] _receivers = new int[batchSize];

    /// <summary>The places of the records for each receiver, and how many there are.</summary>
    private readonly int[][] _places = [.. rings.Select(_ => new int[batchSize])];
    private readonly int[] _counts = new int[rings.Length];

    protected override void Distribute(scoped in Batch<T> batch)
    {
        _keys.Clear();
        int next = 0;
        while (next < batch.Count)
        {
            next += FindReceivers(in batch, next);
        }

        SortByReceiver(batch.Count);
        for (int receiver = 0; receiver < _counts.Length; receiver++)
        {
            BufferOf(receiver).Add(in batch, _places[receiver].AsSpan(0, _counts[receiver]));
        }
    }

    /// <summary>Finds the receivers of records from one on.</summary>
    /// <returns>Of how many.</returns>
    private int FindReceivers(scoped in Batch<T> batch, int start)
    {
        ReadOnlySpan<TKey> keys;
        try
        {
            keys = _keys.From(in batch, start);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The stateful step asks for the key again, fails in the same way and applies the policy that the user gave it.
            _receivers[start] = 0;
            return 1;
        }

        try
        {
            FindReceivers(keys, _receivers.AsSpan(start));
            return keys.Length;
        }
        catch (Exception exception)
        {
            // Nobody asks for the hash again, and a key without one belongs nowhere: the job fails.
            throw new StepException(step, exception);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FindReceivers(ReadOnlySpan<TKey> keys, Span<int> receivers)
    {
        Func<TKey, uint> stableHash = hash;
        ref int owner = ref MemoryMarshal.GetArrayDataReference(owners);
        for (int i = 0; i < keys.Length && i < receivers.Length; i++)
        {
            receivers[i] = Unsafe.Add(ref owner, KeyGroups.Of(stableHash(keys[i])));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SortByReceiver(int count)
    {
        int[][] places = _places;
        int[] counts = _counts;
        Array.Clear(counts);
        ReadOnlySpan<int> receivers = _receivers.AsSpan(0, count);
        for (int i = 0; i < receivers.Length; i++)
        {
            int receiver = receivers[i];
            places[receiver][counts[receiver]++] = i;
        }
    }
}
