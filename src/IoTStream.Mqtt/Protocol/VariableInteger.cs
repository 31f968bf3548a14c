namespace IoTStream.Mqtt.Protocol;

/// <summary>Integers of one to four bytes with seven bits each, least significant first (MQTT 5.0, section 1.5.5).</summary>
internal static class VariableInteger
{
    private const int MaximumSize = 4;

    internal enum Status
    {
        Complete,
        Incomplete,
        TooLong,
    }

    public static int SizeOf(int value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        _ => 4,
    };

    public static Status TryRead(ReadOnlySpan<byte> source, out int value, out int size)
    {
        value = 0;
        for (size = 0; size < MaximumSize;)
        {
            if (size == source.Length)
            {
                return Status.Incomplete;
            }

            byte next = source[size];
            value |= (next & 0x7F) << (7 * size);
            size++;
            if (next < 0x80)
            {
                return Status.Complete;
            }
        }

        return Status.TooLong;
    }

    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, int value)
    {
        int size = 0;
        while (value >= 0x80)
        {
            destination[size++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[size++] = (byte)value;
        return size;
    }
}
