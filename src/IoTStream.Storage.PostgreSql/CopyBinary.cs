using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace IoTStream.Storage.PostgreSql;

/// <summary>
/// Values as the binary format of <c>COPY</c> has them (https://www.postgresql.org/docs/current/sql-copy.html), for those pairs of types that come to the same value as
/// by way of text.
/// </summary>
internal static class CopyBinary
{
    private const byte JsonbVersion = 1;

    private static readonly long Epoch = new DateTime(2000, 1, 1).Ticks;

    /// <summary>What comes before the rows: a signature, no flags, no extension.</summary>
    public static ReadOnlyMemory<byte> Header { get; } = (byte[])[.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0\0\0\0\0\0\0\0\0"u8];

    /// <summary>What comes after them.</summary>
    public static ReadOnlyMemory<byte> Trailer { get; } = (byte[])[0xFF, 0xFF];

    public static void AppendNull(IBufferWriter<byte> rows)
    {
        BinaryPrimitives.WriteInt32BigEndian(rows.GetSpan(sizeof(int)), -1);
        rows.Advance(sizeof(int));
    }

    public static void AppendCount(int columns, IBufferWriter<byte> rows)
    {
        BinaryPrimitives.WriteInt16BigEndian(rows.GetSpan(sizeof(short)), (short)columns);
        rows.Advance(sizeof(short));
    }

    /// <summary>How values are written for a column of a type.</summary>
    /// <returns>Null if text is needed.</returns>
    public static Action<TValue, IBufferWriter<byte>>? Find<TValue>(uint type) => (Action<TValue, IBufferWriter<byte>>?)(default(TValue) switch
    {
        bool when type == CopyType.Bool => Fixed<bool>(1, static (value, field) => field[0] = value ? (byte)1 : (byte)0),
        byte => FindInteger<byte>(type),
        sbyte => FindInteger<sbyte>(type),
        short => FindInteger<short>(type),
        ushort => FindInteger<ushort>(type),
        int => FindInteger<int>(type),
        uint => FindInteger<uint>(type),
        long => FindInteger<long>(type),
        ulong => FindInteger<ulong>(type),
        float when type == CopyType.Float4 => Fixed<float>(sizeof(float), static (value, field) => BinaryPrimitives.WriteSingleBigEndian(field, value)),
        double when type == CopyType.Float8 => Fixed<double>(sizeof(double), static (value, field) => BinaryPrimitives.WriteDoubleBigEndian(field, value)),
        decimal when type == CopyType.Numeric => (Action<decimal, IBufferWriter<byte>>)AppendNumeric,
        Guid when type == CopyType.Uuid => Fixed<Guid>(16, static (value, field) => value.TryWriteBytes(field, bigEndian: true, out _)),
        DateTimeOffset when type == CopyType.TimestampTz => Fixed<DateTimeOffset>(sizeof(long), static (value, field) => WriteMicroseconds(value.UtcTicks - Epoch, field)),

        // Its kind says nothing here: a date and a time of a clock on the wall are what such a column holds.
        DateTime when type == CopyType.Timestamp => Fixed<DateTime>(sizeof(long), static (value, field) => WriteMicroseconds(value.Ticks - Epoch, field)),
        DateOnly when type == CopyType.Date =>
            Fixed<DateOnly>(sizeof(int), static (value, field) => BinaryPrimitives.WriteInt32BigEndian(field, value.DayNumber - (int)(Epoch / TimeSpan.TicksPerDay))),
        TimeOnly when type == CopyType.Time => Fixed<TimeOnly>(sizeof(long), static (value, field) => WriteMicroseconds(value.Ticks, field)),
        null when typeof(TValue) == typeof(byte[]) && type == CopyType.Bytea => (Action<byte[], IBufferWriter<byte>>)AppendBytes,
        null when typeof(TValue) == typeof(string) && type is CopyType.Text or CopyType.VarChar or CopyType.Json => (Action<string, IBufferWriter<byte>>)AppendText,
        null when typeof(TValue) == typeof(string) && type == CopyType.Jsonb => (Action<string, IBufferWriter<byte>>)AppendJsonb,
        _ => (object?)null,
    });

    private static object? FindInteger<TValue>(uint type)
        where TValue : struct, IBinaryInteger<TValue> => type switch
        {
            CopyType.Int2 => Fixed<TValue>(sizeof(short), static (value, field) => BinaryPrimitives.WriteInt16BigEndian(field, short.CreateChecked(value))),
            CopyType.Int4 => Fixed<TValue>(sizeof(int), static (value, field) => BinaryPrimitives.WriteInt32BigEndian(field, int.CreateChecked(value))),
            CopyType.Int8 => Fixed<TValue>(sizeof(long), static (value, field) => BinaryPrimitives.WriteInt64BigEndian(field, long.CreateChecked(value))),
            CopyType.Float8 => Fixed<TValue>(sizeof(double), static (value, field) => BinaryPrimitives.WriteDoubleBigEndian(field, double.CreateChecked(value))),
            _ => null,
        };

    private static Action<TValue, IBufferWriter<byte>> Fixed<TValue>(int size, Action<TValue, Span<byte>> write) => (value, rows) =>
    {
        Span<byte> field = rows.GetSpan(sizeof(int) + size);
        write(value, field[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(field, size);
        rows.Advance(sizeof(int) + size);
    };

    /// <summary>Ticks are a tenth of what the database keeps: they are rounded, as a text would be.</summary>
    private static void WriteMicroseconds(long ticks, Span<byte> field) =>
        BinaryPrimitives.WriteInt64BigEndian(field, (ticks + (Math.Sign(ticks) * TimeSpan.TicksPerMicrosecond / 2)) / TimeSpan.TicksPerMicrosecond);

    private static void AppendBytes(byte[] bytes, IBufferWriter<byte> rows)
    {
        BinaryPrimitives.WriteInt32BigEndian(rows.GetSpan(sizeof(int)), bytes.Length);
        rows.Advance(sizeof(int));
        rows.Write(bytes);
    }

    private static void AppendText(string text, IBufferWriter<byte> rows) => AppendText(text, 0, rows);

    private static void AppendJsonb(string text, IBufferWriter<byte> rows) => AppendText(text, 1, rows);

    private static void AppendText(string text, int versionSize, IBufferWriter<byte> rows)
    {
        Span<byte> field = rows.GetSpan(sizeof(int) + versionSize + Encoding.UTF8.GetMaxByteCount(text.Length));
        Span<byte> utf8 = field[(sizeof(int) + versionSize)..];
        utf8 = utf8[..Encoding.UTF8.GetBytes(text, utf8)];
        if (utf8.Contains((byte)0))
        {
            throw CopyText.NoPlaceForNull();
        }

        field.Slice(sizeof(int), versionSize).Fill(JsonbVersion);
        BinaryPrimitives.WriteInt32BigEndian(field, versionSize + utf8.Length);
        rows.Advance(sizeof(int) + versionSize + utf8.Length);
    }

    /// <summary>Digits of base 10,000, the first of which has the weight of a power of it.</summary>
    private static void AppendNumeric(decimal value, IBufferWriter<byte> rows)
    {
        const int GroupSize = 4;
        const int MostGroups = 9;
        const int HeadSize = 4 * sizeof(short);
        const short Negative = 0x4000;
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var digits = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        int fraction = (value.Scale + GroupSize - 1) / GroupSize;
        for (int place = value.Scale; place < fraction * GroupSize; place++)
        {
            digits *= 10;
        }

        Span<short> groups = stackalloc short[MostGroups];
        int count = 0;
        for (; digits != 0; digits /= 10_000)
        {
            groups[count++] = (short)(digits % 10_000);
        }

        int size = HeadSize + (count * sizeof(short));
        Span<byte> field = rows.GetSpan(sizeof(int) + size);
        BinaryPrimitives.WriteInt32BigEndian(field, size);
        BinaryPrimitives.WriteInt16BigEndian(field[4..], (short)count);
        BinaryPrimitives.WriteInt16BigEndian(field[6..], (short)(count - fraction - 1));
        BinaryPrimitives.WriteInt16BigEndian(field[8..], decimal.IsNegative(value) && count > 0 ? Negative : (short)0);
        BinaryPrimitives.WriteInt16BigEndian(field[10..], value.Scale);
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt16BigEndian(field[(12 + (i * sizeof(short)))..], groups[count - 1 - i]);
        }

        rows.Advance(sizeof(int) + size);
    }
}
