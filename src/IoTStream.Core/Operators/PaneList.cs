namespace IoTStream.Operators;

/// <summary>The open panes in the order of their start. Panes that are closed are emptied and used again.</summary>
internal sealed class PaneList<TKey, TAccumulator>
    where TKey : notnull
{
    private readonly List<Pane<TKey, TAccumulator>> _open = [];
    private readonly Stack<Pane<TKey, TAccumulator>> _free = new();

    public int Count => _open.Count;

    public Pane<TKey, TAccumulator> this[int index] => _open[index];

    /// <summary>The index of the first pane that starts at <paramref name="start"/> or later.</summary>
    public int IndexFrom(long start)
    {
        // New panes are mostly the latest, so the search goes from the end.
        int low = 0;
        int high = _open.Count;
        if (high > 0 && _open[high - 1].Start < start)
        {
            return high;
        }

        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_open[middle].Start < start)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    public Pane<TKey, TAccumulator> GetOrAdd(long start, long length)
    {
        int index = IndexFrom(start);
        if (index < _open.Count && _open[index].Start == start)
        {
            return _open[index];
        }

        if (!_free.TryPop(out Pane<TKey, TAccumulator>? pane))
        {
            // As many keys as in the pane before it: mostly it need not grow then.
            pane = new Pane<TKey, TAccumulator>(index > 0 ? _open[index - 1].Table.Count : 0);
        }

        pane.Start = start;
        pane.Length = length;
        _open.Insert(index, pane);
        return pane;
    }

    public void RemoveFirst(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _open[i].Clear();
            _free.Push(_open[i]);
        }

        _open.RemoveRange(0, count);
    }
}
