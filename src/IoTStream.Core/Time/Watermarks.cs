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

    /// <summary>
    /// Records announce watermarks themselves: a gateway that has sent all that its devices had up to noon says so. The watermark of a
    /// partition is the latest announced in it, and holds for the records after the one that announces it; timestamps do not move it.
    /// </summary>
    /// <param name="announced">
    /// The instant up to which, itself included, no record of the same partition follows; null for a record that announces nothing. If it
    /// throws, the record is dealt with by the step's error policy.
    /// </param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static WatermarkStrategy Punctuated<T>(Func<T, DateTimeOffset?> announced)
    {
        ArgumentNullException.ThrowIfNull(announced);
        return new WatermarkStrategy(announced, typeof(T));
    }
}
