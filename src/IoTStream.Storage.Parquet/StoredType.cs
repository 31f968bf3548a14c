using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet;

/// <summary>A type of column: its name in SQL, and how a value of it that lies in the epoch log is given to DuckDB.</summary>
/// <remarks>A value is a byte that says whether there is one, and then, as memory has it, the number; or its length in 4 bytes and the bytes of a text or blob.</remarks>
internal sealed class StoredType
{
    private const byte Missing = 0;
    private const byte Present = 1;

    private static readonly Dictionary<Type, StoredType> ByType = new()
    {
        [typeof(bool)] = new("BOOLEAN", static (row, bytes) => row.AppendValue(Read<bool>(bytes)), sizeof(bool)),
        [typeof(sbyte)] = new("TINYINT", static (row, bytes) => row.AppendValue(Read<sbyte>(bytes)), sizeof(sbyte)),
        [typeof(short)] = new("SMALLINT", static (row, bytes) => row.AppendValue(Read<short>(bytes)), sizeof(short)),
        [typeof(int)] = new("INTEGER", static (row, bytes) => row.AppendValue(Read<int>(bytes)), sizeof(int)),
        [typeof(long)] = new("BIGINT", static (row, bytes) => row.AppendValue(Read<long>(bytes)), sizeof(long)),
        [typeof(byte)] = new("UTINYINT", static (row, bytes) => row.AppendValue(Read<byte>(bytes)), sizeof(byte)),
        [typeof(ushort)] = new("USMALLINT", static (row, bytes) => row.AppendValue(Read<ushort>(bytes)), sizeof(ushort)),
        [typeof(uint)] = new("UINTEGER", static (row, bytes) => row.AppendValue(Read<uint>(bytes)), sizeof(uint)),
        [typeof(ulong)] = new("UBIGINT", static (row, bytes) => row.AppendValue(Read<ulong>(bytes)), sizeof(ulong)),
        [typeof(float)] = new("FLOAT", static (row, bytes) => row.AppendValue(Read<float>(bytes)), sizeof(float)),
        [typeof(double)] = new("DOUBLE", static (row, bytes) => row.AppendValue(Read<double>(bytes)), sizeof(double)),
        [typeof(Guid)] = new("UUID", static (row, bytes) => row.AppendValue(Read<Guid>(bytes)), Unsafe.SizeOf<Guid>()),
        [typeof(DateOnly)] = new("DATE", static (row, bytes) => row.AppendValue((DuckDB.NET.Native.DuckDBDateOnly)Read<DateOnly>(bytes)), Unsafe.SizeOf<DateOnly>()),
        [typeof(DateTimeOffset)] = new("TIMESTAMPTZ", static (row, bytes) => row.AppendValue(new DateTimeOffset(Read<long>(bytes), TimeSpan.Zero)), sizeof(long)),
    };

    public static StoredType Text { get; } = new("VARCHAR", AppendBytes, size: null);

    public static StoredType Bytes { get; } = new("BLOB", AppendBytes, size: null);

    // Below what it is made of: fields are initialised in the order in which they stand here.
    private static readonly Dictionary<string, StoredType> BySql =
        ByType.Values.Concat([Text, Bytes, .. Enumerable.Range(0, MaximumScale + 1).Select(Decimal)]).ToDictionary(static type => type.Sql, StringComparer.Ordinal);

    private readonly Action<IDuckDBAppenderRow, ReadOnlySpan<byte>> _append;
    private readonly int? _size;

    /// <param name="sql">The name of the type in SQL.</param>
    /// <param name="append">Gives a value to DuckDB.</param>
    /// <param name="size">How many bytes a value has; null if each says it.</param>
    private StoredType(string sql, Action<IDuckDBAppenderRow, ReadOnlySpan<byte>> append, int? size)
    {
        Sql = sql;
        _append = append;
        _size = size;
    }

    /// <summary>The most digits behind the point that a <see cref="decimal"/> has.</summary>
    public const int MaximumScale = 28;

    /// <summary>The most digits that a column of decimal numbers has.</summary>
    public const int Precision = 38;

    public string Sql { get; }

    public static StoredType Decimal(int scale) => new(
        string.Create(CultureInfo.InvariantCulture, $"DECIMAL({Precision},{scale})"), static (row, bytes) => row.AppendValue(Read<decimal>(bytes)), sizeof(decimal));

    /// <exception cref="NotSupportedException">There is none for it.</exception>
    public static StoredType Of(Type type) =>
        type == typeof(decimal) ? throw new NotSupportedException("A column of decimal numbers needs to know how many digits are behind the point: Column(\"price\", r => r.Price, scale: 2).")
        : type == typeof(TimeSpan) ? throw new NotSupportedException("A TimeSpan has no type in Parquet that all programs read: give its TotalSeconds, or its Ticks.")
        : type == typeof(DateTime) ? throw new NotSupportedException("A DateTime does not say which instant it is: give a DateTimeOffset, or a DateOnly for a day.")
        : ByType.TryGetValue(type, out StoredType? found) ? found
        : throw new NotSupportedException($"There is no type of Parquet for {type}: give a number, a text, bytes, a DateTimeOffset, a DateOnly or a Guid.");

    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public static StoredType Named(string sql) => BySql.TryGetValue(sql, out StoredType? found)
        ? found
        : throw new InvalidDataException($"The epoch log holds rows with a type '{sql}' that this version of the library does not know.");

    public static void AppendMissing(IBufferWriter<byte> row) => row.Write([Missing]);

    /// <summary>Appends a value whose type is a key of <see cref="ByType"/>, or decimal.</summary>
    public static void Append<TValue>(TValue value, IBufferWriter<byte> row)
    {
        if (typeof(TValue) == typeof(DateTimeOffset))
        {
            Append(((DateTimeOffset)(object)value!).UtcTicks, row);
            return;
        }

        Span<byte> bytes = row.GetSpan(1 + Unsafe.SizeOf<TValue>());
        bytes[0] = Present;
        Unsafe.WriteUnaligned(ref bytes[1], value);
        row.Advance(1 + Unsafe.SizeOf<TValue>());
    }

    public static void Append(string? value, IBufferWriter<byte> row)
    {
        if (value is null)
        {
            AppendMissing(row);
            return;
        }

        AppendHead(Encoding.UTF8.GetByteCount(value), row);
        Encoding.UTF8.GetBytes(value, row);
    }

    public static void Append(byte[]? value, IBufferWriter<byte> row)
    {
        if (value is null)
        {
            AppendMissing(row);
            return;
        }

        AppendHead(value.Length, row);
        row.Write(value);
    }

    /// <summary>Gives the value at the beginning to DuckDB.</summary>
    /// <returns>What comes behind it.</returns>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> values, IDuckDBAppenderRow row)
    {
        byte head = values[0];
        values = values[1..];
        if (head == Missing)
        {
            row.AppendNullValue();
            return values;
        }

        if (_size is not { } size)
        {
            size = BinaryPrimitives.ReadInt32LittleEndian(values);
            values = values[sizeof(int)..];
        }

        _append(row, values[..size]);
        return values[size..];
    }

    private static void AppendHead(int length, IBufferWriter<byte> row)
    {
        Span<byte> head = row.GetSpan(1 + sizeof(int));
        head[0] = Present;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], length);
        row.Advance(1 + sizeof(int));
    }

    // A text, too, as its bytes: given as a string, it would end where it has a character of code 0. The span can be written to only for lack of an overload; nothing does.
    private static void AppendBytes(IDuckDBAppenderRow row, ReadOnlySpan<byte> bytes) =>
        row.AppendValue(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bytes), bytes.Length));

    private static TValue Read<TValue>(ReadOnlySpan<byte> bytes)
        where TValue : unmanaged => Unsafe.ReadUnaligned<TValue>(in bytes[0]);
}
