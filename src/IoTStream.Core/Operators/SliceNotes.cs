using System.Runtime.CompilerServices;

namespace IoTStream.Operators;

/// <summary>What sliding windows note of each key of a slice.</summary>
internal sealed class SliceNotes<TAccumulator>
{
    /// <summary>The key's place in the totals.</summary>
    public int[] Places { get; private set; } = [];

    /// <summary>What the older half of the key's total is when the slice has left.</summary>
    public TAccumulator[] Rests { get; private set; } = [];

    /// <summary>Makes room for the places of so many keys.</summary>
    public void ReservePlaces(int keys)
    {
        if (Places.Length < keys)
        {
            int[] places = Places;
            Array.Resize(ref places, Roomy(keys));
            Places = places;
        }
    }

    /// <summary>Makes room for what is noted of so many keys.</summary>
    public void ReserveRests(int keys)
    {
        if (Rests.Length < keys)
        {
            TAccumulator[] rests = Rests;
            Array.Resize(ref rests, Roomy(keys));
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

    /// <summary>A little more, as the slice is used again for about as many.</summary>
    private static int Roomy(int keys) => keys + (keys / 8);
}
