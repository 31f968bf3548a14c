using System.Buffers;
using System.Globalization;
using System.Text;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Values as the text format of <c>COPY</c> has them (https://www.postgresql.org/docs/current/sql-copy.html).</summary>
internal static class CopyText
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\\\b\f\n\r\t\v\0"u8);

    public static void AppendNull(IBufferWriter<byte> rows) => rows.Write(@"\N"u8);

    public static FormatException NoPlaceForNull() =>
        new("PostgreSQL has no place for the character with the code 0 in a text: take it out, or use a column of bytes.");

    public static void Append(bool value, IBufferWriter<byte> rows) => rows.Write(value ? "t"u8 : "f"u8);

    public static void Append(byte[] bytes, IBufferWriter<byte> rows)
    {
        rows.Write(@"\\x"u8);
        Encoding.UTF8.GetBytes(Convert.ToHexStringLower(bytes), rows);
    }

    /// <exception cref="FormatException">The text has a character that the database cannot store.</exception>
    public static void Append(string text, IBufferWriter<byte> rows)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        AppendEscaped(utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8)), rows);
        ArrayPool<byte>.Shared.Return(utf8);
    }

    /// <summary>How values of a type are written.</summary>
    /// <exception cref="NotSupportedException">The database would not understand the type's own format.</exception>
    public static Action<TValue, IBufferWriter<byte>> Format<TValue>()
        where TValue : IUtf8SpanFormattable
    {
        if (typeof(TValue) == typeof(TimeSpan))
        {
            throw new NotSupportedException("A TimeSpan has no form that the database takes: give its TotalSeconds for a number, or a text such as '90 seconds' for an interval.");
        }

        // What these types have by default leaves out seconds or the order of day and month.
        string? format = typeof(TValue) == typeof(DateTimeOffset) || typeof(TValue) == typeof(DateTime) || typeof(TValue) == typeof(DateOnly) || typeof(TValue) == typeof(TimeOnly)
            ? "O"
            : null;
        return (value, rows) =>
        {
            Span<byte> room = stackalloc byte[64];
            byte[]? larger = null;
            int written;
            while (!value.TryFormat(room, out written, format, CultureInfo.InvariantCulture))
            {
                larger = new byte[2 * room.Length];
                room = larger;
            }

            AppendEscaped(room[..written], rows);
        };
    }

    private static void AppendEscaped(ReadOnlySpan<byte> utf8, IBufferWriter<byte> rows)
    {
        while (utf8.IndexOfAny(Special) is var special and >= 0)
        {
            rows.Write(utf8[..special]);
            rows.Write(utf8[special] switch
            {
                (byte)'\\' => @"\\"u8,
                (byte)'\b' => @"\b"u8,
                (byte)'\f' => @"\f"u8,
                (byte)'\n' => @"\n"u8,
                (byte)'\r' => @"\r"u8,
                (byte)'\t' => @"\t"u8,
                (byte)'\v' => @"\v"u8,
                _ => throw NoPlaceForNull(),
            });
            utf8 = utf8[(special + 1)..];
        }

        rows.Write(utf8);
    }
}
