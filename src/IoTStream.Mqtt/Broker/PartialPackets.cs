namespace IoTStream.Mqtt.Broker;

/// <summary>The memory that packets take which have not come as a whole, over all connections. Thread-safe.</summary>
/// <param name="limit">The most bytes; those who have not been let in may take half of them.</param>
internal sealed class PartialPackets(long limit)
{
    /// <summary>What a connection holds to be read into, once it has to keep a byte.</summary>
    public const int LeastBuffer = 64 * 1024;

    private long _bytes;
    private long _strangers;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>A connection keeps another number of bytes than before.</summary>
    /// <param name="held">What it is charged; changed to what it is from now on.</param>
    /// <param name="bytes">The bytes that it keeps.</param>
    /// <param name="isLetIn">Whether it has been let in, and was when it was charged last.</param>
    /// <returns>False if that is too much.</returns>
    public bool TryHold(ref long held, long bytes, bool isLetIn)
    {
        long wanted = bytes == 0 ? 0 : Math.Max(bytes, LeastBuffer);
        long change = wanted - held;
        held = wanted;
        long all = Interlocked.Add(ref _bytes, change);
        long strangers = isLetIn ? 0 : Interlocked.Add(ref _strangers, change);
        return change <= 0 || (all <= limit && strangers <= limit / 2);
    }
}
