using System.Runtime.CompilerServices;

namespace IoTStream.Operators;

/// <summary>What sliding windows note of each key of a slice.</summary>
internal sealed class SliceNotes<TAccumulator>
{
    /// <summary>The key's place in the totals.</summary>
    public int[] Places { get; private set; } = [];

    /// <summary>What the older half of the key's total is when the slice has left.</summary>
    public TAccumulator[] Rests { get; private set; } = [];

    /// <summary>Makes room for so many keys.</summary>
    public void Reserve(int keys)
    {
        if (Places.Length < keys)
        {
            int[] places = Places;
            TAccumulator[] rests = Rests;
            Array.Resize(ref places, keys);
            Array.Resize(ref rests, keys);
            Places = places;
            Rests = rests;
        }
    }

    public void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TAccumulator>())
        {
            Array.Clear(Rests);
        }
    }
}
