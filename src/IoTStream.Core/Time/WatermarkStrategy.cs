namespace IoTStream.Time;

/// <summary>How far event time has got, judged by the timestamps seen. Made by <see cref="Watermarks"/>.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record WatermarkStrategy
{
    internal WatermarkStrategy(TimeSpan maxOutOfOrderness) => MaxOutOfOrderness = maxOutOfOrderness;

    /// <summary>How much earlier than the latest timestamp seen in its partition a record may be and still be on time.</summary>
    public TimeSpan MaxOutOfOrderness { get; }

    /// <summary>
    /// How long, in processing time, a partition may be silent before event time stops waiting for it; null, the default, is for ever.
    /// Time in which the pipeline itself is held back by backpressure does not count.
    /// </summary>
    public TimeSpan? IdleTimeout { get; private init; }

    /// <summary>Leaves partitions that are silent for a while out of the watermark, until they speak again.</summary>
    /// <param name="timeout">How long, in processing time; more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is zero or less.</exception>
    public WatermarkStrategy WithIdleness(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return this with { IdleTimeout = timeout };
    }
}
