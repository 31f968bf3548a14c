using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The contents of a window that has a pane of its own.</summary>
internal readonly ref struct PaneContents<TKey, TIn, TAccumulator, TOut, TAggregate>(
    PaneTable<TKey, TAccumulator> table, TAggregate aggregate) : IWindowContents<TKey, TOut>
    where TKey : notnull
    where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut>
{
    private readonly ReadOnlySpan<PaneTable<TKey, TAccumulator>.Entry> _entries = table.Entries;

    public int Count => _entries.Length;

    public bool Holds(int place) => true;

    public TKey Key(int place) => _entries[place].Key;

    public TOut Result(int place) => aggregate.GetResult(in _entries[place].Accumulator);
}
