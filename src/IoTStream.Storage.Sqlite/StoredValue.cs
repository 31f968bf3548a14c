using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace IoTStream.Storage.Sqlite;

/// <summary>
/// A value of one of SQLite's storage classes (https://www.sqlite.org/datatype3.html) as bytes in the epoch log: its class, then 8 bytes of a number, or the length in
/// 4 bytes and the bytes of a text or blob.
/// </summary>
internal static class StoredValue
{
    private enum StorageClass : byte
    {
        Null,
        Integer,
        Real,
        Text,
        Blob,
    }

    public static void AppendNull(IBufferWriter<byte> rows) => Append(StorageClass.Null, [], rows);

    public static void Append(long value, IBufferWriter<byte> rows) => AppendNumber(StorageClass.Integer, value, rows);

    public static void Append(double value, IBufferWriter<byte> rows) => AppendNumber(StorageClass.Real, BitConverter.DoubleToInt64Bits(value), rows);

    public static void Append(string? value, IBufferWriter<byte> rows)
    {
        if (value is null)
        {
            AppendNull(rows);
            return;
        }

        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        AppendBytes(StorageClass.Text, utf8.AsSpan(0, Encoding.UTF8.GetBytes(value, utf8)), rows);
        ArrayPool<byte>.Shared.Return(utf8);
    }

    public static void Append(byte[]? value, IBufferWriter<byte> rows)
    {
        if (value is null)
        {
            AppendNull(rows);
            return;
        }

        AppendBytes(StorageClass.Blob, value, rows);
    }

    /// <summary>How values of a type are written.</summary>
    public static Action<TValue, IBufferWriter<byte>> Format<TValue>()
        where TValue : IUtf8SpanFormattable
    {
        if (IsInteger(typeof(TValue)))
        {
            return static (value, rows) => Append(Convert.ToInt64(value, CultureInfo.InvariantCulture), rows);
        }

        if (typeof(TValue) == typeof(double) || typeof(TValue) == typeof(float))
        {
            return static (value, rows) => Append(Convert.ToDouble(value, CultureInfo.InvariantCulture), rows);
        }

        if (typeof(TValue) == typeof(DateTimeOffset))
        {
            return static (value, rows) => AppendFormatted(((DateTimeOffset)(object)value).UtcDateTime, "O", rows);
        }

        // What dates and times have by default leaves out seconds, or does not sort.
        string? format = typeof(TValue) == typeof(DateTime) || typeof(TValue) == typeof(DateOnly) || typeof(TValue) == typeof(TimeOnly) ? "O" : null;
        return (value, rows) => AppendFormatted(value, format, rows);
    }

    /// <summary>Reads the value at the beginning, as a parameter of a command takes it.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static object Read(ref SequenceReader<byte> rows)
    {
        long number = 0;
        int length = 0;
        if (!rows.TryRead(out byte storageClass)
            || !((StorageClass)storageClass switch
            {
                StorageClass.Null => true,
                StorageClass.Integer or StorageClass.Real => rows.TryReadLittleEndian(out number),
                StorageClass.Text or StorageClass.Blob => rows.TryReadLittleEndian(out length) && length >= 0 && length <= rows.Remaining,
                _ => false,
            }))
        {
            throw new InvalidDataException("What the epoch log holds for the table is none of its rows: it was written by another version of the library, or by another sink.");
        }

        ReadOnlySequence<byte> bytes = rows.UnreadSequence.Slice(0, length);
        rows.Advance(length);
        return (StorageClass)storageClass switch
        {
            StorageClass.Integer => number,
            StorageClass.Real => BitConverter.Int64BitsToDouble(number),
            StorageClass.Text => Encoding.UTF8.GetString(bytes),
            StorageClass.Blob => bytes.ToArray(),
            _ => DBNull.Value,
        };
    }

    private static bool IsInteger(Type type) =>
        type == typeof(long) || type == typeof(int) || type == typeof(short) || type == typeof(sbyte)
        || type == typeof(ulong) || type == typeof(uint) || type == typeof(ushort) || type == typeof(byte);

    private static void AppendFormatted<TValue>(TValue value, string? format, IBufferWriter<byte> rows)
        where TValue : IUtf8SpanFormattable
    {
        Span<byte> room = stackalloc byte[64];
        int written;
        while (!value.TryFormat(room, out written, format, CultureInfo.InvariantCulture))
        {
            room = new byte[2 * room.Length];
        }

        AppendBytes(StorageClass.Text, room[..written], rows);
    }

    private static void AppendNumber(StorageClass storageClass, long number, IBufferWriter<byte> rows)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        Append(storageClass, bytes, rows);
    }

    private static void AppendBytes(StorageClass storageClass, ReadOnlySpan<byte> bytes, IBufferWriter<byte> rows)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Append(storageClass, length, rows);
        rows.Write(bytes);
    }

    private static void Append(StorageClass storageClass, ReadOnlySpan<byte> bytes, IBufferWriter<byte> rows)
    {
        rows.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<StorageClass>(in storageClass)));
        rows.Write(bytes);
    }
}
