using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The accumulators of one interval of event time.</summary>
internal sealed class Pane<TKey, TAccumulator>
    where TKey : notnull
{
    private readonly List<SliceNotes<TAccumulator>> _notes = [];

    public long Start { get; set; }

    /// <summary>How long it is, in ticks.</summary>
    public long Length { get; set; }

    public long End => Start + Length;

    public PaneTable<TKey, TAccumulator> Table { get; } = new();

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
}
