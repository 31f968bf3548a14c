namespace IoTStream.Connectors;

/// <summary>What a job tells a source that it opens.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class SourceContext
{
    private readonly Action _notify;

    internal SourceContext(string topology, string step, int lanes, int batchSize, TimeProvider timeProvider, Action notify)
    {
        Topology = topology;
        Step = step;
        Lanes = lanes;
        BatchSize = batchSize;
        TimeProvider = timeProvider;
        _notify = notify;
    }

    /// <summary>The name of the topology.</summary>
    public string Topology { get; }

    /// <summary>The name that the user gave to the source step.</summary>
    public string Step { get; }

    /// <summary>How many lanes the job runs: the most readers that can be read in parallel.</summary>
    public int Lanes { get; }

    /// <summary>The most records that one call of <see cref="ISourceReader{T}.Read"/> can take.</summary>
    public int BatchSize { get; }

    /// <summary>The job's clock. Use it for every time-out and rate.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>
    /// Says that a reader which reported <see cref="ReadStatus.Drained"/> has records again, or has ended. Cheap; may be called from any
    /// thread, too often rather than too seldom.
    /// </summary>
    public void NotifyAvailable() => _notify();
}
