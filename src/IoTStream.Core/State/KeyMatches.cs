namespace IoTStream.State;

/// <summary>The partial matches of a key, as a list in a <see cref="MatchBuffer{T}"/>.</summary>
internal struct KeyMatches
{
    /// <summary>The number of the latest record. Records are counted while the key has partial matches.</summary>
    public long Records;

    public int First;

    public int Last;

    /// <summary>How many entries of the buffer are the key's.</summary>
    public int Entries;

    /// <summary>Whether the key is to be looked at when time has passed.</summary>
    public bool IsScheduled;
}
