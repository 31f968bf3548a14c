namespace IoTStream.Time;

/// <summary>Watermark strategies.</summary>
public static class Watermarks
{
    /// <summary>
    /// Records may arrive out of order, but none more than <paramref name="bound"/> earlier than the latest seen in its partition: the
    /// watermark is that latest timestamp less the bound less one tick. It advances with every record, whatever the batch size.
    /// </summary>
    /// <param name="bound">The bound, zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is negative.</exception>
    public static WatermarkStrategy BoundedOutOfOrderness(TimeSpan bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, TimeSpan.Zero);
        return new WatermarkStrategy(bound);
    }

    /// <summary>Records of a partition arrive in the order of their timestamps; equal ones are in order.</summary>
    public static WatermarkStrategy Monotonous() => new(TimeSpan.Zero);
}
