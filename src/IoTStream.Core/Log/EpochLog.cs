namespace IoTStream.Log;

/// <summary>
/// Describes where and how a job keeps its epochs: state, source positions and outputs, durable together in one append with one sync an epoch. It holds no
/// resources; the job that is given it opens it.
/// </summary>
/// <remarks>Immutable and thread-safe. docs/epoch-log-format.md describes the files.</remarks>
public sealed record EpochLog
{
    private const long LeastSegmentSize = 4096;

    private EpochLog(string directory) => Directory = directory;

    /// <summary>The directory, as a full path. It is created by the first job.</summary>
    public string Directory { get; }

    /// <summary>
    /// From which length in bytes on a segment file is followed by another; an epoch is never divided, so files may be longer. The log can only be cut away by
    /// whole segments. Default: 64 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 4,096.</exception>
    public long SegmentSize
    {
        get;
        init => field = value >= LeastSegmentSize
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"EpochLog.SegmentSize is {value}; it must be at least {LeastSegmentSize} bytes.");
    }
    = 64 * 1024 * 1024;

    /// <summary>
    /// What to do when the last epoch is damaged in a way that a write cut short does not explain. Default: <see cref="DamagedTail.Refuse"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public DamagedTail DamagedTail
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"EpochLog.DamagedTail is {value}; it must be Refuse or Cut.");
    }

    /// <summary>Describes a log in a directory of its own.</summary>
    /// <param name="directory">The directory; a relative path starts from the current one.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static EpochLog At(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return new EpochLog(Path.GetFullPath(directory));
    }
}
