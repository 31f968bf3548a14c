namespace IoTStream.State;

/// <summary>The windows of one key: where the first and the last of them are in <see cref="WindowChains{TAccumulator}"/>.</summary>
internal struct WindowChain
{
    public int Oldest;
    public int Newest;

    public static WindowChain Empty => new() { Oldest = -1, Newest = -1 };

    public readonly bool IsEmpty => Oldest < 0;
}
