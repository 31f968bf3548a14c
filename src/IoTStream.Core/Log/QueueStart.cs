namespace IoTStream.Log;

/// <summary>Where a source begins to read a topic.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public abstract record QueueStart
{
    private QueueStart()
    {
    }

    /// <summary>With the oldest record that is kept.</summary>
    public static QueueStart Earliest { get; } = new FirstRecord();

    /// <summary>Behind the newest record: only with what is written from now on.</summary>
    public static QueueStart Latest { get; } = new NextRecord();

    /// <summary>With the record at an offset.</summary>
    /// <param name="offset">The offset; the first record of a topic has 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public static QueueStart At(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new AtOffset(offset);
    }

    /// <summary>
    /// With what was written at an instant or later, by the clock of the writer. That is the time of writing, not the event time of the records: for
    /// all that happened after an instant, begin somewhat earlier and filter.
    /// </summary>
    /// <param name="instant">The instant.</param>
    public static QueueStart WrittenSince(DateTimeOffset instant) => new AtTime(instant.UtcTicks);

    /// <summary>
    /// Where the consumer of a name was when its last job ended, and stores from time to time where it is. Records that the pipeline had taken over, but whose
    /// taking over was not stored yet, come again. A name is for one job at a time.
    /// </summary>
    /// <param name="name">The name of the consumer: letters, digits, '-', '_' and '.'.</param>
    /// <param name="first">Where it begins the first time. Default: with the oldest record that is kept.</param>
    /// <exception cref="ArgumentException">It is no good name, or the first start is a consumer's too.</exception>
    public static QueueStart Consumer(string name, QueueStart? first = null)
    {
        FileNames.Check(name, "consumer");
        return first is StoredPosition
            ? throw new ArgumentException("A consumer begins the first time at a place, not where another consumer is.", nameof(first))
            : new StoredPosition(name, first ?? Earliest);
    }

    internal sealed record FirstRecord : QueueStart;

    internal sealed record NextRecord : QueueStart;

    internal sealed record AtOffset(long Offset) : QueueStart;

    internal sealed record AtTime(long Ticks) : QueueStart;

    internal sealed record StoredPosition(string Name, QueueStart First) : QueueStart;
}
