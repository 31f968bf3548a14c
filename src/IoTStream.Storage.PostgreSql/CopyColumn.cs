using System.Buffers;

namespace IoTStream.Storage.PostgreSql;

/// <summary>A column that a sink writes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsKey">Whether it is part of the key.</param>
/// <param name="Type">The type that it gets where the sink creates the table.</param>
/// <param name="AppendText">Appends the value of a record in the text format of <c>COPY</c>.</param>
/// <param name="FindBinary">Finds how the binary format has the values for a column of the type with this number; null if it does not.</param>
internal sealed record CopyColumn<T>(
    string Name, bool IsKey, string Type, Action<T, IBufferWriter<byte>> AppendText, Func<uint, Action<T, IBufferWriter<byte>>?> FindBinary)
{
    public static CopyColumn<T> Of<TValue>(string name, bool isKey, Func<T, TValue> value, Action<TValue, IBufferWriter<byte>> text)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return new CopyColumn<T>(
            name,
            isKey,
            SqlType.Of<TValue>(),
            (record, rows) => text(value(record), rows),
            type => CopyBinary.Find<TValue>(type) is { } binary ? (record, rows) => binary(value(record), rows) : null);
    }

    /// <summary>A column of objects that may be null.</summary>
    public static CopyColumn<T> OfNullable<TValue>(string name, bool isKey, Func<T, TValue?> value, Action<TValue, IBufferWriter<byte>> text)
        where TValue : class
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return OfOptional(name, isKey, (T record, out TValue present) => (present = value(record)!) is not null, text);
    }

    /// <summary>A column of values that may be missing.</summary>
    public static CopyColumn<T> OfNullable<TValue>(string name, bool isKey, Func<T, TValue?> value, Action<TValue, IBufferWriter<byte>> text)
        where TValue : struct
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return OfOptional(
            name,
            isKey,
            (T record, out TValue present) =>
            {
                TValue? read = value(record);
                present = read.GetValueOrDefault();
                return read.HasValue;
            },
            text);
    }

    private static CopyColumn<T> OfOptional<TValue>(string name, bool isKey, TryGet<TValue> tryGet, Action<TValue, IBufferWriter<byte>> text) => new(
        name,
        isKey,
        SqlType.Of<TValue>(),
        Or(tryGet, text, CopyText.AppendNull),
        type => CopyBinary.Find<TValue>(type) is { } binary ? Or(tryGet, binary, CopyBinary.AppendNull) : null);

    private static Action<T, IBufferWriter<byte>> Or<TValue>(TryGet<TValue> tryGet, Action<TValue, IBufferWriter<byte>> append, Action<IBufferWriter<byte>> appendNull) =>
        (record, rows) =>
        {
            if (tryGet(record, out TValue value))
            {
                append(value, rows);
            }
            else
            {
                appendNull(rows);
            }
        };

    private delegate bool TryGet<TValue>(T record, out TValue value);
}
