namespace IoTStream.State;

/// <summary>The broadcast states of a function, declared by name in its constructor.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class BroadcastStateSet
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<Func<StateSerializers, bool, DurableTable>> _tables = [];

    internal BroadcastStateSet()
    {
    }

    /// <summary>Whether something that has been broadcast is being processed.</summary>
    internal bool IsWritable { get; set; }

    /// <summary>Declares a map that every lane has a copy of.</summary>
    /// <param name="name">The name, unique among what the function has of this kind, and the same over restarts.</param>
    /// <typeparam name="TEntry">The type of the entries' keys.</typeparam>
    /// <typeparam name="TValue">The type of the entries' values.</typeparam>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public BroadcastMap<TEntry, TValue> Map<TEntry, TValue>(string name)
        where TEntry : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!_names.Add(name))
        {
            throw new ArgumentException($"There are two broadcast states named '{name}' in one function: they are found again by their names.", nameof(name));
        }

        var map = new BroadcastMap<TEntry, TValue>(name, this);
        _tables.Add(map.Durable);
        return map;
    }

    /// <summary>The maps as tables that the epoch log has too.</summary>
    /// <param name="serializers">The serializers of the topology.</param>
    /// <param name="areWritten">Whether it is this lane that writes them.</param>
    internal IEnumerable<DurableTable> Durable(StateSerializers serializers, bool areWritten) => _tables.Select(table => table(serializers, areWritten));

    internal void CheckWritable(string name)
    {
        if (!IsWritable)
        {
            throw new InvalidOperationException(
                $"Broadcast state '{name}' can be written only in OnBroadcast, and not within ForEachKey: what a record of one key wrote would be seen on its own lane " +
                "alone.");
        }
    }
}
