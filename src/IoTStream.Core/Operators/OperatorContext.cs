using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What the operators of one lane share. Operators register in the order in which they are made: the last of a chain first.</summary>
internal sealed class OperatorContext(int lane, int batchSize, TimeProvider timeProvider)
{
    public int Lane { get; } = lane;

    /// <summary>The number by which functions of the user tell the lane from others of the topology, those of other shards included.</summary>
    public int Number { get; set; } = lane;

    /// <summary>The most records in a batch.</summary>
    public int BatchSize { get; } = batchSize;

    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>Wakes the lane; for what goes on elsewhere on behalf of an operator. May be called from any thread.</summary>
    public Action Wake { get; set; } = static () => { };

    /// <summary>How many sources of the lane could not be read when it was last their turn, because what follows them is full.</summary>
    public int SourcesHeldBack { get; set; }

    /// <summary>The epochs of the job.</summary>
    public EpochTracker Epochs { get; init; } = new();

    /// <summary>What collects the state of the lane's steps; null if the job has no epoch log.</summary>
    public LaneCapture? Capture { get; set; }

    public List<IResumable> Resumables { get; } = [];

    public List<ITimed> Timed { get; } = [];

    /// <summary>What operators hold of users' things, to be released when the lane has ended.</summary>
    public List<IDisposable> Disposables { get; } = [];

    /// <summary>What a step keeps on this lane that outlives the job; null if nothing does.</summary>
    public StepState? StateOf(string step) => Capture?.Add(step);
}
