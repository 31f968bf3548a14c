using System.Collections;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>What the lanes have copied of a table, left where they have put it.</summary>
internal sealed class TableScan<TKey, T> : IReadOnlyCollection<TableEntry<TKey, T>>
    where TKey : notnull
{
    private readonly List<TableEntry<TKey, T>>[] _lanes;

    public TableScan(List<TableEntry<TKey, T>>[] lanes)
    {
        _lanes = lanes;
        Count = lanes.Sum(lane => lane.Count);
    }

    public int Count { get; }

    public IEnumerator<TableEntry<TKey, T>> GetEnumerator() => _lanes.SelectMany(static lane => lane).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
