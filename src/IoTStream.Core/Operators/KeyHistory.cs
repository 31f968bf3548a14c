using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// What the slices hold of one key, for the late results of windows that overlap: the windows are gone through from the last to the first,
/// with two halves like those of <see cref="SlidingTotals{TKey, TIn, TAccumulator, TOut, TAggregate}"/>, the other way round.
/// </summary>
internal sealed class KeyHistory<TKey, TIn, TAccumulator, TOut, TAggregate>(TAggregate aggregate)
    where TKey : notnull
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    private readonly List<(long Start, TAccumulator Accumulator)> _slices = [];

    /// <summary>For each slice from the middle on, the total from the middle to it.</summary>
    private readonly List<TAccumulator> _afterMiddle = [];

    private TAccumulator _beforeMiddle = default!;
    private int _first;
    private int _middle;
    private int _end;

    /// <summary>How many slices of the window hold the key.</summary>
    public int Count => _end - _first;

    /// <summary>The total over the window's slices, of which there must be some.</summary>
    public TAccumulator Total =>
        _first == _middle
            ? _afterMiddle[_end - 1 - _middle]
            : Merging<TIn, TAccumulator, TOut, TAggregate>.Merge(aggregate, in _beforeMiddle, _afterMiddle[_end - 1 - _middle]);

    /// <summary>Collects the slices that hold a key.</summary>
    public void Collect(PaneList<TKey, TAccumulator> slices, TKey key, long start, long end)
    {
        Clear();
        for (int i = slices.IndexFrom(start); i < slices.Count && slices[i].Start < end; i++)
        {
            int place = slices[i].Table.FindPlace(key);
            if (place >= 0)
            {
                _slices.Add((slices[i].Start, slices[i].Table.Entries[place].Accumulator));
            }
        }

        _first = _slices.Count;
        _middle = _slices.Count;
        _end = _slices.Count;
    }

    /// <summary>Moves on to a window that starts and ends before the last one; it must hold a slice with the key.</summary>
    public void MoveTo(Window window)
    {
        while (_slices[_end - 1].Start >= window.EndTicks)
        {
            _end--;
        }

        int first = _first;
        while (first > 0 && _slices[first - 1].Start >= window.StartTicks)
        {
            first--;
        }

        if (_end > _middle)
        {
            for (int i = _first - 1; i >= first; i--)
            {
                _beforeMiddle = i == _middle - 1
                    ? _slices[i].Accumulator
                    : Merging<TIn, TAccumulator, TOut, TAggregate>.Merge(aggregate, _slices[i].Accumulator, in _beforeMiddle);
            }
        }
        else
        {
            _middle = first;
            _afterMiddle.Clear();
            for (int i = first; i < _end; i++)
            {
                _afterMiddle.Add(i == first
                    ? _slices[i].Accumulator
                    : Merging<TIn, TAccumulator, TOut, TAggregate>.Merge(aggregate, _afterMiddle[^1], _slices[i].Accumulator));
            }
        }

        _first = first;
    }

    public void Clear()
    {
        _slices.Clear();
        _afterMiddle.Clear();
        _beforeMiddle = default!;
    }
}
