using System.Diagnostics.CodeAnalysis;

namespace IoTStream.State;

/// <summary>
/// A map that every lane has a copy of: written by what is broadcast, in the same way on each lane, and read by everything else. Declared by name
/// through <see cref="BroadcastStateSet"/>.
/// </summary>
/// <remarks>Not thread-safe: belongs to one instance of a function, on one lane.</remarks>
/// <typeparam name="TEntry">The type of the entries' keys.</typeparam>
/// <typeparam name="TValue">The type of the entries' values.</typeparam>
public sealed class BroadcastMap<TEntry, TValue>
    where TEntry : notnull
{
    private readonly Dictionary<TEntry, TValue> _map = [];
    private readonly BroadcastStateSet _states;

    internal BroadcastMap(string name, BroadcastStateSet states)
    {
        Name = name;
        _states = states;
    }

    /// <summary>The name, unique among what the function has of this kind, and the same over restarts.</summary>
    public string Name { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => _map.Count;

    /// <summary>The entries, in no particular order. Valid until the map is changed.</summary>
    public IReadOnlyCollection<KeyValuePair<TEntry, TValue>> Entries => _map;

    /// <summary>The value of an entry.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <exception cref="KeyNotFoundException">It is read and there is no such entry.</exception>
    /// <exception cref="InvalidOperationException">It is written outside of <c>OnBroadcast</c>.</exception>
    public TValue this[TEntry entry]
    {
        get => _map[entry];
        set
        {
            _states.CheckWritable(Name);
            _map[entry] = value;
        }
    }

    /// <summary>The value of an entry, if there is one.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(TEntry entry, [MaybeNullWhen(false)] out TValue value) => _map.TryGetValue(entry, out value);

    /// <summary>Takes out an entry.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidOperationException">It is called outside of <c>OnBroadcast</c>.</exception>
    public bool Remove(TEntry entry)
    {
        _states.CheckWritable(Name);
        return _map.Remove(entry);
    }

    /// <summary>Takes out all entries.</summary>
    /// <exception cref="InvalidOperationException">It is called outside of <c>OnBroadcast</c>.</exception>
    public void Clear()
    {
        _states.CheckWritable(Name);
        _map.Clear();
    }
}
