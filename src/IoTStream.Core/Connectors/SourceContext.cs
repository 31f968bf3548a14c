namespace IoTStream.Connectors;

/// <summary>What a job tells a source that it opens.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class SourceContext
{
    private readonly Action _notify;
    private readonly Action? _hurry;
    private readonly IReadOnlyDictionary<string, ReadOnlyMemory<byte>> _positions;

    internal SourceContext(
        string topology,
        string step,
        int lanes,
        int batchSize,
        TimeProvider timeProvider,
        Action notify,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? positions = null,
        Action? hurry = null)
    {
        Topology = topology;
        Step = step;
        Lanes = lanes;
        BatchSize = batchSize;
        TimeProvider = timeProvider;
        _notify = notify;
        _hurry = hurry;
        _positions = positions ?? new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
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

    /// <summary>The shard of a topology that is scaled out, which reads its share of the partitions; null for a job that reads all of them.</summary>
    internal ShardPlace? Shard { get; init; }

    /// <summary>
    /// Whether the job goes on from an epoch: then each reader begins where its position says, and one of a partition without a position at
    /// the beginning.
    /// </summary>
    public bool IsResumed => _positions.Count > 0;

    /// <summary>Where a reader was in the epoch from which the job goes on.</summary>
    /// <param name="partition">The name of the reader's first partition.</param>
    /// <param name="position">What the reader wrote; see <see cref="IPositioned.WritePosition"/>.</param>
    /// <returns>Whether there is a position.</returns>
    public bool TryGetPosition(string partition, out ReadOnlyMemory<byte> position) => _positions.TryGetValue(partition, out position);

    /// <summary>Whether acknowledgements come with the epochs of the job, when what was read is durable; else at once.</summary>
    public bool AcknowledgesEpochs => _hurry is not null;

    /// <summary>
    /// Has the next epoch cut now, for a reader that must not take more before something is acknowledged. Does nothing without an epoch log.
    /// Cheap; may be called from any thread.
    /// </summary>
    public void RequestEpoch() => _hurry?.Invoke();

    /// <summary>
    /// Says that a reader which reported <see cref="ReadStatus.Drained"/> has records again, or has ended. Cheap; may be called from any
    /// thread, too often rather than too seldom.
    /// </summary>
    public void NotifyAvailable() => _notify();
}
