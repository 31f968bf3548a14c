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
internal sealed class KeyedExchangeOutput<TKey, T, THash>(
    string step, KeySelector<T, TKey> key, THash hash, int[] owners, Ring<T>[] rings, int batchSize)
    : ExchangeOutput<T>(rings, batchSize)
    where TKey : notnull
    where THash : struct, IKeyHash<TKey>
{
    private readonly KeyColumn<T, TKey> _keys = new(key, batchSize);
    private readonly int _room = batchSize;

    /// <summary>The places in the batch of the records for each receiver: those for the first, then room, then those for the second.</summary>
    private readonly int[] _places = new int[rings.Length * batchSize];

    /// <summary>Where in <see cref="_places"/> the next one for a receiver goes.</summary>
    private readonly int[] _next = new int[rings.Length];

    protected override void Distribute(scoped in Batch<T> batch)
    {
        for (int receiver = 0; receiver < _next.Length; receiver++)
        {
            _next[receiver] = receiver * _room;
        }

        _keys.Clear();
        int done = 0;
        while (done < batch.Count)
        {
            done += Sort(in batch, done);
        }

        for (int receiver = 0; receiver < _next.Length; receiver++)
        {
            int first = receiver * _room;
            BufferOf(receiver).Add(in batch, _places.AsSpan(first, _next[receiver] - first));
        }
    }

    /// <summary>Notes the receivers of records from one on.</summary>
    /// <returns>Of how many.</returns>
    private int Sort(scoped in Batch<T> batch, int start)
    {
        ReadOnlySpan<TKey> keys;
        try
        {
            keys = _keys.From(in batch, start);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The stateful step asks for the key again, fails in the same way and applies the policy that the user gave it.
            _places[_next[0]++] = start;
            return 1;
        }

        try
        {
            Sort(keys, start);
            return keys.Length;
        }
        catch (Exception exception)
        {
            // Nobody asks for the hash again, and a key without one belongs nowhere: the job fails.
            throw new StepException(step, exception);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Sort(ReadOnlySpan<TKey> keys, int start)
    {
        THash stable = hash;
        ref int owner = ref MemoryMarshal.GetArrayDataReference(owners);
        ref int next = ref MemoryMarshal.GetArrayDataReference(_next);
        int[] places = _places;
        for (int i = 0; i < keys.Length; i++)
        {
            int receiver = Unsafe.Add(ref owner, KeyGroups.Of(stable.Of(keys[i])));
            places[Unsafe.Add(ref next, receiver)++] = start + i;
        }
    }
}
