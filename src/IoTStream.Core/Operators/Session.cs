namespace IoTStream.Operators;

/// <summary>The state of one session of a key.</summary>
internal struct Session<TAccumulator>
{
    public long Start;
    public long End;
    public TAccumulator Accumulator;

    /// <summary>The number of its last result; -1 if it has given none.</summary>
    public int Pane;

    /// <summary>Whether the watermark has passed it and its result is out.</summary>
    public bool HasFired;
}
