using IoTStream.Time;

namespace IoTStream.Connectors;

/// <summary>
/// What is known of a record besides its value: its timestamp and where it came from. Every operator that takes a function
/// has an overload whose function is given this too.
/// </summary>
/// <remarks>A small value: copy it freely, keep it as long as needed. Thread-safe.</remarks>
public readonly struct RecordContext
{
    private readonly RecordOrigin _origin;

    internal RecordContext(long timestamp, RecordOrigin origin)
    {
        TimestampTicks = timestamp;
        _origin = origin;
    }

    /// <summary>
    /// The record's timestamp: its event time once <c>WithEventTime</c> has assigned it, before that what the source gave,
    /// else the processing time at which it was read. A window's result bears the last instant of its window.
    /// </summary>
    public DateTimeOffset Timestamp => Ticks.ToInstant(TimestampTicks);

    /// <summary><see cref="Timestamp"/> as UTC ticks of 100 ns, without the cost of building a <see cref="DateTimeOffset"/>.</summary>
    public long TimestampTicks { get; }

    /// <summary>The name of the source step, or for a result of a stateful step the name of that step.</summary>
    public string Source => _origin.Partition.Source;

    /// <summary>The partition of the source.</summary>
    public SourcePartition Partition => _origin.Partition;

    /// <summary>The record's headers; empty where the transport has none, and for results of stateful steps.</summary>
    public RecordHeaders Headers => _origin.Headers;

    internal RecordOrigin Origin => _origin;
}
