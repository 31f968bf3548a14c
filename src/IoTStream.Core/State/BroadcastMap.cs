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
    private readonly StateTable<TEntry, TValue> _map = new();
    private readonly BroadcastStateSet _states;

    internal BroadcastMap(string name, BroadcastStateSet states)
    {
        Name = name;
        _states = states;
        Entries = new BroadcastEntries<TEntry, TValue>(_map);
    }

    /// <summary>The name, unique among what the function has of this kind, and the same over restarts.</summary>
    public string Name { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => _map.Count;

    /// <summary>The entries, in no particular order. Valid until the map is changed.</summary>
    public IReadOnlyCollection<KeyValuePair<TEntry, TValue>> Entries { get; }

    /// <summary>The value of an entry.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <exception cref="KeyNotFoundException">It is read and there is no such entry.</exception>
    /// <exception cref="InvalidOperationException">It is written outside of <c>OnBroadcast</c>.</exception>
    public TValue this[TEntry entry]
    {
        get => TryGet(entry, out TValue? value)
            ? value
            : throw new KeyNotFoundException($"Broadcast state '{Name}' has no entry '{entry}': ask TryGet if that is not certain.");
        set
        {
            ArgumentNullException.ThrowIfNull(entry);
            _states.CheckWritable(Name);
            _map.GetOrAdd(entry, out _) = value;
        }
    }

    /// <summary>The value of an entry, if there is one.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(TEntry entry, [MaybeNullWhen(false)] out TValue value)
    {
        ArgumentNullException.ThrowIfNull(entry);
        int place = _map.PlaceOf(entry);
        value = place < 0 ? default : _map.StateAt(place);
        return place >= 0;
    }

    /// <summary>Takes out an entry.</summary>
    /// <param name="entry">The entry's key.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidOperationException">It is called outside of <c>OnBroadcast</c>.</exception>
    public bool Remove(TEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
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

    /// <summary>The map as a table that the epoch log has too. All lanes have the same, so one of them writes it; each is given all of it.</summary>
    internal DurableTable Durable(StateSerializers serializers, bool isWritten)
    {
        StateSerializer<TValue> values = serializers.Of<TValue>();
        return new DurableStateTable<TEntry, TValue>(
            "broadcast " + Name, _map, serializers.Of<TEntry>(), new SerializedValues<TEntry, TValue>(_map, values), static _ => static _ => true)
        {
            IsWritten = isWritten,
        };
    }
}
