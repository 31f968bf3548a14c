namespace IoTStream.State;

/// <summary>A window of one key.</summary>
internal struct KeyedWindow<TAccumulator>
{
    public long Start;

    public long End;

    /// <summary>The latest timestamp of its records.</summary>
    public long Latest;

    public TAccumulator Accumulator;

    /// <summary>Whether there is an accumulator: a pane that is discarded takes it away.</summary>
    public bool HasAccumulator;

    /// <summary>Whether the result on time has been given, or would have been if there had been anything to say.</summary>
    public bool HasFired;

    /// <summary>Whether the stream's watermark waits for the result.</summary>
    public bool HoldsWatermark;

    /// <summary>How many results there have been.</summary>
    public int Pane;

    /// <summary>How many records have come since the last result.</summary>
    public long New;

    /// <summary>The watermark that makes the next early result due; the greatest number if none will.</summary>
    public long NextEarly;

    /// <summary>The moment of processing time that makes the next early or late result due; the greatest number if none does.</summary>
    public long NextByClock;

    /// <summary>The window of the same key that starts before this one.</summary>
    public int Older;

    /// <summary>The window of the same key that starts after this one.</summary>
    public int Newer;
}
