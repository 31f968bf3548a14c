using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The accumulators of one interval of event time.</summary>
/// <param name="expected">How many keys it will hold, for all that is known.</param>
internal sealed class Pane<TKey, TAccumulator>(int expected)
    where TKey : notnull
{
    private readonly List<SliceNotes<TAccumulator>> _notes = [];

    public long Start { get; set; }

    /// <summary>How long it is, in ticks.</summary>
    public long Length { get; set; }

    public long End => Start + Length;

    public PaneTable<TKey, TAccumulator> Table { get; } = new(expected);

    /// <summary>What the sliding windows with a number note of a slice.</summary>
    public SliceNotes<TAccumulator> NotesOf(int windows)
    {
        while (_notes.Count <= windows)
        {
            _notes.Add(new SliceNotes<TAccumulator>());
        }

        return _notes[windows];
    }

    /// <summary>Empties it and keeps its memory for the next interval.</summary>
    public void Clear()
    {
        Table.Clear();
        foreach (SliceNotes<TAccumulator> notes in _notes)
        {
            notes.Clear();
        }
    }

    public bool Holds(long timestamp) => (ulong)(timestamp - Start) < (ulong)Length;

    /// <summary>How many timestamps from the first on fall into it.</summary>
    public int CountHeld(ReadOnlySpan<long> timestamps)
    {
        long start = Start;
        ulong length = (ulong)Length;
        int count = 0;
        while (count < timestamps.Length && (ulong)(timestamps[count] - start) < length)
        {
            count++;
        }

        return count;
    }
}
