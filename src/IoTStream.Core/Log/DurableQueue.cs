using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>
/// A queue of topics in a directory that keeps its records: written by sinks, read by sources any number of times, from any place. It buffers what cannot be
/// delivered at once (store and forward), and stands in for Kafka where there is one process, or one machine.
/// </summary>
/// <remarks>
/// <para>
/// A topic is a log of its own, in a directory of its own. One process at a time writes it, by any number of sinks and jobs; any number of processes
/// of the same machine read it meanwhile. The records of a topic are numbered by offsets, from 0.
/// </para>
/// <para>Immutable and thread-safe. It holds no resources; jobs open what they use. docs/durable-queue.md tells more, docs/epoch-log-format.md describes the files.</para>
/// </remarks>
public sealed record DurableQueue
{
    private const long LeastSegmentSize = 4096;

    private DurableQueue(string directory) => Directory = directory;

    /// <summary>The directory, as a full path; topics are directories in it. It is created by the first sink.</summary>
    public string Directory { get; }

    /// <summary>From which length in bytes on a file of a topic is followed by another. Retention deletes whole files. Default: 64 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 4,096.</exception>
    public long SegmentSize
    {
        get;
        init => field = value >= LeastSegmentSize
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"DurableQueue.SegmentSize is {value}; it must be at least {LeastSegmentSize} bytes.");
    }
    = 64 * 1024 * 1024;

    /// <summary>
    /// How many bytes of a topic are kept; the oldest files beyond that are deleted, whether they were read or not. Null, which is the default, for all.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public long? MaxBytes
    {
        get;
        init => field = value is null or >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"DurableQueue.MaxBytes is {value}; it must be at least 1, or null to keep all.");
    }

    /// <summary>
    /// How long records are kept at least after they were written; older files are deleted when something is written, whether they were read or not. Null, which is the
    /// default, for ever.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public TimeSpan? MaxAge
    {
        get;
        init => field = value is null || value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"DurableQueue.MaxAge is {value}; it must be positive, or null to keep all.");
    }

    /// <summary>
    /// How many bytes a sink collects before it commits them, if the input does not pause before. Default: 1 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int BufferSize
    {
        get;
        init => field = OptionCheck.AtLeastOne(value, "DurableQueue.BufferSize");
    }
    = 1024 * 1024;

    /// <summary>
    /// How often a source looks for records that another process has written. Those of its own process it hears of at once. Default: 50 ms.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public TimeSpan PollInterval
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"DurableQueue.PollInterval is {value}; it must be positive.");
    }
    = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the position of a consumer is stored, besides at the end of its job. Default: 1 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public TimeSpan PositionInterval
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"DurableQueue.PositionInterval is {value}; it must be positive.");
    }
    = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What to do when the last commit of a topic is damaged in a way that a write cut short does not explain. Default: <see cref="DamagedTail.Refuse"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public DamagedTail DamagedTail
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"DurableQueue.DamagedTail is {value}; it must be Refuse or Cut.");
    }

    /// <summary>Describes a queue in a directory of its own.</summary>
    /// <param name="directory">The directory; a relative path starts from the current one.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static DurableQueue At(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return new DurableQueue(Path.GetFullPath(directory));
    }

    /// <summary>Reads a topic, and goes on with what is written to it.</summary>
    /// <remarks>
    /// <para>
    /// Records come with the timestamps and headers that they were written with, the key as a header <c>key</c>. One that does not decode becomes a dead letter.
    /// The topic is one partition, read by one lane. A topic that does not exist yet is waited for.
    /// </para>
    /// <para>
    /// With an epoch log, the source goes on with the record behind the last epoch, so that each has its effect exactly once. That comes before the stored position
    /// of a consumer, which follows it.
    /// </para>
    /// <para>
    /// The job fails with a <see cref="LogPositionLostException"/> if what it has to read next has been deleted by retention, and with a
    /// <see cref="LogDamagedException"/> where the files are damaged.
    /// </para>
    /// </remarks>
    /// <param name="topic">The name of the topic: letters, digits, '-', '_' and '.'.</param>
    /// <param name="decoder">Decodes the values.</param>
    /// <param name="start">Where to begin. Default: with the oldest record that is kept.</param>
    /// <param name="end">Where the source ends. Default: never.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The topic has no good name.</exception>
    public ISource<T> Read<T>(string topic, IDecoder<T> decoder, QueueStart? start = null, QueueEnd end = QueueEnd.Never)
    {
        FileNames.Check(topic, "topic");
        ArgumentNullException.ThrowIfNull(decoder);
        return Enum.IsDefined(end)
            ? new QueueSource<T>(this, topic, decoder, start ?? QueueStart.Earliest, end)
            : throw new ArgumentOutOfRangeException(nameof(end), $"The end is {end}; it must be Never or Latest.");
    }

    /// <summary>Writes records to a topic.</summary>
    /// <remarks>
    /// Records are collected, and committed, which makes them durable and visible to readers, when the input pauses, when the buffer is full, and at
    /// the end: at least once, for a job that fails and is started again may write again what it has written since. With an epoch log each record is written
    /// exactly once instead: an epoch at a time, when it is committed, in one append with its number. Any number of sinks and jobs of one process may
    /// write to a topic; if another process does, the job does not start and a <see cref="LogInUseException"/> says which.
    /// </remarks>
    /// <param name="topic">The name of the topic: letters, digits, '-', '_' and '.'.</param>
    /// <param name="encoder">Encodes the values.</param>
    /// <param name="key">Gives the key of a record, which readers find in its header <c>key</c>. By default records have none.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The topic has no good name.</exception>
    public ISink<T> Write<T>(string topic, IEncoder<T> encoder, Func<T, ReadOnlyMemory<byte>>? key = null)
    {
        FileNames.Check(topic, "topic");
        ArgumentNullException.ThrowIfNull(encoder);
        return new QueueSink<T>(this, topic, encoder, key);
    }

    /// <summary>The directory of a topic.</summary>
    internal string PathOf(string topic) => Path.Combine(Directory, topic);
}
