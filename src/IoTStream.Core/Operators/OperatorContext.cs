namespace IoTStream.Operators;

/// <summary>What the operators of one lane share. Operators register in the order in which they are made: the last of a chain first.</summary>
internal sealed class OperatorContext(int lane, int batchSize, TimeProvider timeProvider)
{
    public int Lane { get; } = lane;

    /// <summary>The most records in a batch.</summary>
    public int BatchSize { get; } = batchSize;

    public TimeProvider TimeProvider { get; } = timeProvider;

    public List<IResumable> Resumables { get; } = [];

    public List<ITimed> Timed { get; } = [];
}
