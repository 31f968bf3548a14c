namespace IoTStream.State;

/// <summary>The windows of one key: where the first and the last of them are in <see cref="WindowChains{TAccumulator}"/>.</summary>
internal struct WindowChain
{
    public int Oldest;
    public int Newest;

    /// <summary>As a chain is at first.</summary>
    public readonly bool IsEmpty => Oldest == 0;
}
