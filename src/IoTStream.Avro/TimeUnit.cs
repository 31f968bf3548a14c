namespace IoTStream.Avro;

/// <summary>What timestamps count: milliseconds, microseconds, or nanoseconds, of which a hundred are the least that a tick can tell.</summary>
internal readonly struct TimeUnit(long ticksOfUnit, long unitsOfTick)
{
    public static TimeUnit Millis { get; } = new(TimeSpan.TicksPerMillisecond, 1);

    public static TimeUnit Micros { get; } = new(TimeSpan.TicksPerMicrosecond, 1);

    public static TimeUnit Nanos { get; } = new(1, 100);

    public long Read(ref AvroReader reader)
    {
        long units = reader.ReadInt64();
        long ticks = unitsOfTick == 1 ? units : Divided(units, unitsOfTick);
        return ticks >= -DateTime.UnixEpoch.Ticks / ticksOfUnit && ticks <= (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / ticksOfUnit
            ? DateTime.UnixEpoch.Ticks + (ticks * ticksOfUnit)
            : throw reader.Malformed($"the timestamp {units} is beyond the years 1 to 9999");
    }

    public void Write(ref AvroWriter writer, long ticks)
    {
        long since = ticks - DateTime.UnixEpoch.Ticks;
        if (unitsOfTick > 1 && since is > long.MaxValue / 100 or < long.MinValue / 100)
        {
            throw new AvroException("A timestamp in nanoseconds reaches from 1677 to 2262.");
        }

        writer.WriteInt64(unitsOfTick == 1 ? Divided(since, ticksOfUnit) : since * unitsOfTick);
    }

    // Downwards also before 1970, so that a moment never lies after what was written.
    private static long Divided(long value, long divisor) => (value / divisor) - (value % divisor < 0 ? 1 : 0);
}
