namespace IoTStream.Connectors;

/// <summary>Encloses fields in quotes where RFC 4180, section 2, asks for it.</summary>
internal static class CsvQuoting
{
    private const byte Quote = (byte)'"';

    public static bool IsNeeded(ReadOnlySpan<byte> field, byte separator) =>
        field.ContainsAny([separator, Quote, (byte)'\r', (byte)'\n']) || field is [0xEF, 0xBB, 0xBF, ..];

    /// <summary>Encloses what was written from <paramref name="start"/> on, with quotes in it doubled.</summary>
    public static void Enclose(int start, ByteBuffer buffer)
    {
        int length = buffer.Length - start;
        int quotes = buffer.WrittenFrom(start).Count(Quote);
        buffer.GetSpan(quotes + 2);
        buffer.Advance(quotes + 2);

        // From the end, so that nothing is overwritten before it has been moved.
        Span<byte> field = buffer.WrittenFrom(start);
        int to = field.Length - 1;
        field[to--] = Quote;
        for (int from = length - 1; from >= 0; from--)
        {
            byte value = field[from];
            field[to--] = value;
            if (value == Quote)
            {
                field[to--] = Quote;
            }
        }

        field[0] = Quote;
    }
}
