using System.Runtime.InteropServices;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// The order of matches that become whole at once: at the first difference, the one whose record came earlier, or went to an earlier step; one that
/// has ended there comes last.
/// </summary>
internal sealed class MatchOrder<T>
{
    private readonly MatchBuffer<T> _matches;
    private readonly Comparison<int> _compare;
    private readonly List<int> _left = [];
    private readonly List<int> _right = [];

    public MatchOrder(MatchBuffer<T> matches)
    {
        _matches = matches;
        _compare = Compare;
    }

    /// <summary>Sorts the entries from one on.</summary>
    public void Sort(List<int> entries, int from)
    {
        Span<int> all = CollectionsMarshal.AsSpan(entries)[from..];
        for (int i = 1; i < all.Length; i++)
        {
            // Mostly they are in order already, because those that began earlier are looked at earlier.
            if (_matches[all[i - 1]].Start >= _matches[all[i]].Start)
            {
                all.Sort(_compare);
                return;
            }
        }
    }

    private int Compare(int x, int y)
    {
        int starts = _matches[x].Start.CompareTo(_matches[y].Start);
        if (starts != 0 || x == y)
        {
            return starts;
        }

        Trace(x, _left);
        Trace(y, _right);
        for (int i = 1; i <= Math.Min(_left.Count, _right.Count); i++)
        {
            ref MatchBuffer<T>.Entry left = ref _matches[_left[^i]];
            ref MatchBuffer<T>.Entry right = ref _matches[_right[^i]];
            int order = (left.Number, left.Step).CompareTo((right.Number, right.Step));
            if (order != 0)
            {
                return order;
            }
        }

        return _right.Count.CompareTo(_left.Count);
    }

    /// <summary>The entries of a match, from the last to the first.</summary>
    private void Trace(int last, List<int> entries)
    {
        entries.Clear();
        for (int index = last; index != MatchBuffer<T>.None; index = _matches[index].Parent)
        {
            entries.Add(index);
        }
    }
}
