namespace IoTStream.Connectors;

/// <summary>
/// What flows between operators: records as columns. Valid only during the call that passes it; an operator that wants to keep
/// records copies them.
/// </summary>
internal readonly ref struct Batch<T>
{
    public Batch(ReadOnlySpan<long> timestamps, ReadOnlySpan<T> values, OriginColumn origins, bool hasOneTimestamp = false)
    {
        Timestamps = timestamps;
        Values = values;
        Origins = origins;
        HasOneTimestamp = hasOneTimestamp;
    }

    /// <summary>Whether all timestamps are known to be the same, as they are of records that bear the time of reading: then any of them will do.</summary>
    public bool HasOneTimestamp { get; }

    /// <summary>The records' timestamps, in UTC ticks.</summary>
    public ReadOnlySpan<long> Timestamps { get; }

    public ReadOnlySpan<T> Values { get; }

    public OriginColumn Origins { get; }

    public int Count => Values.Length;

    public RecordContext Context(int index) => new(Timestamps[index], Origins[index]);

    public Batch<T> Slice(int start, int length) =>
        length == Values.Length ? this : new(Timestamps.Slice(start, length), Values.Slice(start, length), Origins.Slice(start, length), HasOneTimestamp);
}
