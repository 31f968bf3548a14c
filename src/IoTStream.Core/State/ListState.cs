using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>A list for each key, or for each lane in a function without keys.</summary>
/// <remarks>Not thread-safe: belongs to one instance of a function, on one lane.</remarks>
/// <typeparam name="T">The type of the elements.</typeparam>
public sealed class ListState<T> : KeyedState
{
    private List<T>?[] _lists = [];

    internal ListState(string name, StateTtl? ttl)
        : base(name, ttl)
    {
    }

    /// <summary>How many elements there are.</summary>
    public int Count => Current?.Count ?? 0;

    /// <summary>The elements in the order in which they were added. Valid until the list is changed or the callback returns.</summary>
    public ReadOnlySpan<T> Values => CollectionsMarshal.AsSpan(Current);

    private List<T>? Current
    {
        get
        {
            int place = Find();
            return place < 0 ? null : _lists[place];
        }
    }

    /// <summary>An element.</summary>
    /// <param name="index">Its place, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    public T this[int index]
    {
        get => Existing(index)[index];
        set
        {
            List<T> list = Existing(index);
            Claim(out _);
            list[index] = value;
        }
    }

    /// <summary>Adds an element at the end.</summary>
    /// <param name="value">The element.</param>
    public void Add(T value)
    {
        int place = Claim(out bool isNew);
        List<T> list = _lists[place] ??= [];
        if (isNew)
        {
            list.Clear();
        }

        list.Add(value);
    }

    /// <summary>Takes elements out; those after them move up.</summary>
    /// <param name="index">The place of the first, from 0.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentException">There are not so many.</exception>
    public void RemoveRange(int index, int count)
    {
        List<T>? list = Current;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (list?.Count ?? 0) - index);
        if (list is null || count == 0)
        {
            return;
        }

        if (list.Count == count)
        {
            Clear();
            return;
        }

        Claim(out _);
        list.RemoveRange(index, count);
    }

    internal override EntryValues ToValues(StateSerializers serializers) =>
        new PlaceValues<List<T>?>(new ListSerializer<T>(serializers), place => _lists[place], (place, list) => _lists[place] = list);

    private protected override void Resize(int places) => Array.Resize(ref _lists, places);

    private protected override void Reset(int place) => _lists[place] = null;

    private List<T> Existing(int index)
    {
        List<T>? list = Current;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, list?.Count ?? 0);
        return list!;
    }
}
