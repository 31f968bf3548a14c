namespace IoTStream.Time;

/// <summary>
/// Event time of its own for each key: a key's windows give their results when the key's own records have got past them, whatever the
/// others have done meanwhile. A device that was offline and uploads hours later gets complete windows; the others do not wait for it.
/// See docs/device-time.md.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record DeviceTime
{
    private static readonly TimeSpan DefaultMemory = TimeSpan.FromDays(7);

    private DeviceTime(TimeSpan maxOutOfOrderness) => MaxOutOfOrderness = maxOutOfOrderness;

    /// <summary>How much earlier than the latest timestamp of its key a record may be and still be on time.</summary>
    public TimeSpan MaxOutOfOrderness { get; }

    /// <summary>
    /// How long, in processing time, a key may be silent before its open windows give their results without waiting any longer; null, the
    /// default, is for ever. Time in which the pipeline itself is held back by backpressure does not count.
    /// </summary>
    public TimeSpan? IdleTimeout { get; private init; }

    /// <summary>
    /// How long after its last record, in processing time, a key that was found silent is remembered: its watermark, and the windows that wait for
    /// late records. By default seven days, and never less than <see cref="IdleTimeout"/>, without which no key is ever forgotten.
    /// </summary>
    public TimeSpan Memory { get; private init; } = DefaultMemory;

    /// <summary>
    /// Records of a key may arrive out of order, but none more than <paramref name="bound"/> earlier than the latest of that key: a key's
    /// watermark is its latest timestamp less the bound less one tick. It advances with every record of the key.
    /// </summary>
    /// <param name="bound">The bound, zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is negative.</exception>
    public static DeviceTime BoundedOutOfOrderness(TimeSpan bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, TimeSpan.Zero);
        return new DeviceTime(bound);
    }

    /// <summary>Records of a key arrive in the order of their timestamps; equal ones are in order.</summary>
    public static DeviceTime Monotonous() => new(TimeSpan.Zero);

    /// <summary>
    /// Has the open windows of a key that has been silent for a while give their results, and its watermark move to the last instant of
    /// the last of them. Records of these windows that still come are late.
    /// </summary>
    /// <param name="timeout">How long, in processing time; more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is zero or less.</exception>
    public DeviceTime WithIdleTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return this with { IdleTimeout = timeout };
    }

    /// <summary>
    /// Says how long a silent key is remembered. A key that comes back after that is a new one: its records are on time whatever they are, and
    /// windows that it already had would give a second result on time. Until then it takes some hundred bytes.
    /// </summary>
    /// <param name="memory">How long after the last record, in processing time; more than zero. Has no effect without an idle timeout.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="memory"/> is zero or less.</exception>
    public DeviceTime WithMemory(TimeSpan memory)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(memory, TimeSpan.Zero);
        return this with { Memory = memory };
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"device time, out of order by up to {MaxOutOfOrderness}" + (IdleTimeout is { } idle ? $", idle after {idle}" : "");
}
