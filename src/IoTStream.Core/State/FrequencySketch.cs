using System.Buffers;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>
/// Counts of the items that are frequent. There are counters for so many items; when twice as many are in use, what the first item beyond
/// the capacity has is taken from all of them, and those left with nothing are given up (Misra and Gries: Finding repeated elements, 1982;
/// it keeps what space-saving keeps, see Agarwal and others: Mergeable summaries, 2012). Each time that much is taken from more items than
/// the capacity, so no count is too low by more than the number of records divided by that.
/// </summary>
internal sealed class FrequencySketch<TItem>(int capacity)
    where TItem : notnull
{
    private readonly Dictionary<TItem, long> _counts = [];

    /// <summary>By how much a count may be too low, and up to how often an item without a counter may have occurred.</summary>
    public long Error { get; private set; }

    public IReadOnlyDictionary<TItem, long> Counts => _counts;

    public void Add(TItem item)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, item, out _)++;
        Reduce();
    }

    public void Merge(FrequencySketch<TItem> other)
    {
        foreach ((TItem item, long count) in other._counts)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, item, out _) += count;
        }

        Error += other.Error;
        Reduce();
    }

    public void Write(StateWriter writer, StateSerializer<TItem> item)
    {
        writer.WriteNumber(Error);
        writer.WriteCount(_counts.Count);
        foreach ((TItem counted, long count) in _counts)
        {
            item.Write(writer, counted);
            writer.WriteNumber(count);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote. There may have been more counters; then some are given up.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static FrequencySketch<TItem> Read(ref StateReader reader, StateSerializer<TItem> item, int capacity)
    {
        var sketch = new FrequencySketch<TItem>(capacity) { Error = reader.ReadNumber() };
        for (int left = reader.ReadCount(leastSize: 2); left > 0; left--)
        {
            TItem counted = item.Read(ref reader);
            sketch._counts[counted] = reader.ReadNumber();
        }

        sketch.Reduce();
        return sketch;
    }

    private void Reduce()
    {
        if (_counts.Count <= 2 * capacity)
        {
            return;
        }

        int used = _counts.Count;
        long[] counts = ArrayPool<long>.Shared.Rent(used);
        _counts.Values.CopyTo(counts, 0);
        counts.AsSpan(0, used).Sort();
        long taken = counts[used - 1 - capacity];
        ArrayPool<long>.Shared.Return(counts);
        foreach ((TItem item, long count) in _counts)
        {
            if (count <= taken)
            {
                _counts.Remove(item);
            }
            else
            {
                CollectionsMarshal.GetValueRefOrNullRef(_counts, item) -= taken;
            }
        }

        Error += taken;
    }
}
