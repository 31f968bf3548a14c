using IoTStream.Time;

namespace IoTStream.State;

/// <summary>What a table holds for a key.</summary>
/// <remarks>A small value. A record that is an object is the one that the job has: do not change it.</remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
public readonly record struct TableEntry<TKey, T>
    where TKey : notnull
{
    internal TableEntry(TKey key, T value, long timestampTicks)
    {
        Key = key;
        Value = value;
        TimestampTicks = timestampTicks;
    }

    /// <summary>The key.</summary>
    public TKey Key { get; }

    /// <summary>The last record of the key.</summary>
    public T Value { get; }

    /// <summary>The timestamp of that record.</summary>
    public DateTimeOffset Timestamp => Ticks.ToInstant(TimestampTicks);

    /// <summary><see cref="Timestamp"/> as UTC ticks of 100 ns.</summary>
    public long TimestampTicks { get; }
}
