namespace IoTStream.Time;

/// <summary>How far event time has got, judged by the records seen. Made by <see cref="Watermarks"/>.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record WatermarkStrategy
{
    internal WatermarkStrategy(TimeSpan maxOutOfOrderness) => MaxOutOfOrderness = maxOutOfOrderness;

    internal WatermarkStrategy(Delegate marks, Type recordType)
    {
        Marks = marks;
        RecordType = recordType;
    }

    /// <summary>
    /// How much earlier than the latest timestamp seen in its partition a record may be and still be on time; null if watermarks do not
    /// follow timestamps, but are announced by records.
    /// </summary>
    public TimeSpan? MaxOutOfOrderness { get; }

    /// <summary>
    /// How long, in processing time, a partition may be silent before event time stops waiting for it; null, the default, is for ever.
    /// Time in which the pipeline itself is held back by backpressure does not count.
    /// </summary>
    public TimeSpan? IdleTimeout { get; private init; }

    /// <summary>
    /// How long, in processing time, the whole input may be silent before event time goes on with the clock; null, the default, is for ever.
    /// </summary>
    public TimeSpan? ProgressAfter { get; private init; }

    /// <summary>The group of sources that this one is kept together with; null, the default, if none.</summary>
    public WatermarkAlignment? Alignment { get; private init; }

    /// <summary>How far ahead of the job's clock a record's timestamp may be; null, the default, is any distance.</summary>
    public TimeSpan? MaxAhead { get; private init; }

    /// <summary>The function that reads the watermark which a record announces; null unless they do so.</summary>
    internal Delegate? Marks { get; }

    /// <summary>The type of record that <see cref="Marks"/> reads.</summary>
    internal Type? RecordType { get; }

    /// <summary>Leaves partitions that are silent for a while out of the watermark, until they speak again.</summary>
    /// <param name="timeout">How long, in processing time; more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is zero or less.</exception>
    public WatermarkStrategy WithIdleness(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return this with { IdleTimeout = timeout };
    }

    /// <summary>
    /// Lets event time go on with the clock while all partitions of the input are silent, so that results come out when the input stops. After
    /// a silence of <paramref name="after"/> the watermark is what the furthest partition allows, plus the time that the silence has lasted;
    /// it goes on from there in steps of a tenth of <paramref name="after"/>, at least a millisecond and at most a second, until a record
    /// comes. Records that come then and are behind it are late. Time in which the pipeline itself is held back by backpressure is not
    /// silence. Before the first record nothing is known, and nothing goes on.
    /// </summary>
    /// <param name="after">How long, in processing time; more than zero. Give more than the longest pause that input which goes on can have.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="after"/> is zero or less.</exception>
    public WatermarkStrategy WithProgress(TimeSpan after)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(after, TimeSpan.Zero);
        return this with { ProgressAfter = after };
    }

    /// <summary>
    /// Keeps the source together with the other sources of a group: while its watermark is further ahead of the least of the group than the
    /// group allows, it is not read. It is asked before each batch, so it can get ahead by what one batch holds more. A source that has
    /// not yet said how far it is holds back the others; one that is idle or has ended does not: combine this with
    /// <see cref="WithIdleness"/> where a source can fall silent. On several lanes the parts of a source that are read by different lanes
    /// are kept together as different sources are; partitions that are read by the same lane are read together.
    /// </summary>
    /// <param name="group">The group: the same object for all of its sources. A source can be in one group, by one step.</param>
    public WatermarkStrategy WithAlignment(WatermarkAlignment group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return this with { Alignment = group };
    }

    /// <summary>
    /// Guards event time against clocks that are wrong: a record whose timestamp, or the watermark that it announces, is further ahead of
    /// the job's clock does not move event time, and is dealt with by the step's error policy as one without a timestamp, with a
    /// <see cref="FutureTimestampException"/>. Without this, one such record moves the watermark into the future, and everything after
    /// it is late.
    /// </summary>
    /// <param name="distance">How far ahead is still accepted; zero or more. Give the clocks of devices some room.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="distance"/> is negative.</exception>
    public WatermarkStrategy WithMaxAhead(TimeSpan distance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(distance, TimeSpan.Zero);
        return this with { MaxAhead = distance };
    }
}
