using System.Diagnostics.CodeAnalysis;

namespace IoTStream.State;

/// <summary>A map for each key: its entries have keys of their own.</summary>
/// <remarks>Not thread-safe: belongs to one instance of a function, on one lane.</remarks>
/// <typeparam name="TEntry">The type of the entries' keys.</typeparam>
/// <typeparam name="TValue">The type of the entries' values.</typeparam>
public sealed class MapState<TEntry, TValue> : KeyedState
    where TEntry : notnull
{
    private static readonly Dictionary<TEntry, TValue> Empty = [];

    private Dictionary<TEntry, TValue>?[] _maps = [];

    internal MapState(string name, StateTtl? ttl)
        : base(name, ttl)
    {
    }

    /// <summary>How many entries there are.</summary>
    public int Count => Current.Count;

    /// <summary>The entries, in no particular order. Valid until the map is changed or the callback returns.</summary>
    public IReadOnlyCollection<KeyValuePair<TEntry, TValue>> Entries => Current;

    private Dictionary<TEntry, TValue> Current
    {
        get
        {
            int place = Find();
            return place < 0 ? Empty : _maps[place]!;
        }
    }

    /// <summary>The value of an entry.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <exception cref="KeyNotFoundException">It is read and there is no such entry.</exception>
    public TValue this[TEntry entry]
    {
        get => Current[entry];
        set
        {
            ArgumentNullException.ThrowIfNull(entry);
            int place = Claim(out bool isNew);
            Dictionary<TEntry, TValue> map = _maps[place] ??= [];
            if (isNew)
            {
                map.Clear();
            }

            map[entry] = value;
        }
    }

    /// <summary>The value of an entry, if there is one.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(TEntry entry, [MaybeNullWhen(false)] out TValue value) => Current.TryGetValue(entry, out value);

    /// <summary>Whether there is an entry.</summary>
    /// <param name="entry">The entry's key.</param>
    public bool Contains(TEntry entry) => Current.ContainsKey(entry);

    /// <summary>Takes out an entry.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(TEntry entry)
    {
        Dictionary<TEntry, TValue> map = Current;
        if (!map.ContainsKey(entry))
        {
            return false;
        }

        if (map.Count == 1)
        {
            Clear();
            return true;
        }

        Claim(out _);
        return map.Remove(entry);
    }

    internal override EntryValues ToValues(StateSerializers serializers) => new PlaceValues<Dictionary<TEntry, TValue>>(
        new MapSerializer<TEntry, TValue>(serializers.Of<TEntry>(), serializers.Of<TValue>()),
        place => _maps[place]!,
        (place, map) => _maps[place] = map);

    private protected override void Resize(int places) => Array.Resize(ref _maps, places);

    private protected override void Reset(int place) => _maps[place] = null;
}
