using System.Buffers;
using System.Globalization;
using System.Text;

namespace IoTStream.Connectors;

/// <summary>The columns that a CSV sink writes, in their order. Values are written in the invariant culture.</summary>
/// <remarks>Immutable and thread-safe: each call gives a new set of columns.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class CsvColumns<T>
{
    private readonly (string Name, Action<T, ByteBuffer> Append)[] _columns;

    internal CsvColumns(params (string Name, Action<T, ByteBuffer> Append)[] columns) => _columns = columns;

    internal int Count => _columns.Length;

    /// <summary>Adds a column of text; null is written like an empty text.</summary>
    /// <param name="name">The column's name in the header.</param>
    /// <param name="value">The value of a record.</param>
    public CsvColumns<T> Column(string name, Func<T, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (record, buffer) => Encoding.UTF8.GetBytes(value(record), buffer));
    }

    /// <summary>Adds a column of truth values, written as true and false.</summary>
    /// <param name="name">The column's name in the header.</param>
    /// <param name="value">The value of a record.</param>
    public CsvColumns<T> Column(string name, Func<T, bool> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (record, buffer) => buffer.Write(value(record) ? "true"u8 : "false"u8));
    }

    /// <summary>Adds a column of numbers, times and other values that format themselves.</summary>
    /// <param name="name">The column's name in the header.</param>
    /// <param name="value">The value of a record.</param>
    /// <param name="format">A .NET format; by default numbers are written so that they read back the same, and times in ISO 8601.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public CsvColumns<T> Column<TValue>(string name, Func<T, TValue> value, string? format = null)
        where TValue : IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(value);
        format ??= DefaultFormat<TValue>();
        return Add(name, (record, buffer) => Append(value(record), format, buffer));
    }

    /// <summary>Adds a column of values that may be missing; a missing one is written as an empty field.</summary>
    /// <param name="name">The column's name in the header.</param>
    /// <param name="value">The value of a record.</param>
    /// <param name="format">As for values that are never missing.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public CsvColumns<T> Column<TValue>(string name, Func<T, TValue?> value, string? format = null)
        where TValue : struct, IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(value);
        format ??= DefaultFormat<TValue>();
        return Add(name, (record, buffer) =>
        {
            if (value(record) is { } present)
            {
                Append(present, format, buffer);
            }
        });
    }

    internal void AppendHeader(ByteBuffer buffer, CsvOptions options)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            int start = Begin(i, buffer, options);
            Encoding.UTF8.GetBytes(_columns[i].Name, buffer);
            End(start, buffer, options);
        }

        buffer.Append((byte)'\n');
    }

    internal void AppendRow(T record, ByteBuffer buffer, CsvOptions options)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            int start = Begin(i, buffer, options);
            _columns[i].Append(record, buffer);
            End(start, buffer, options);
        }

        buffer.Append((byte)'\n');
    }

    private static int Begin(int column, ByteBuffer buffer, CsvOptions options)
    {
        if (column > 0)
        {
            buffer.Append((byte)options.Separator);
        }

        return buffer.Length;
    }

    private static string? DefaultFormat<TValue>() =>
        typeof(TValue) == typeof(DateTimeOffset) || typeof(TValue) == typeof(DateTime) ? "O" : null;

    private static void Append<TValue>(TValue value, string? format, ByteBuffer buffer)
        where TValue : IUtf8SpanFormattable
    {
        int size = 32;
        int written;
        while (!value.TryFormat(buffer.GetSpan(size), out written, format, CultureInfo.InvariantCulture))
        {
            size *= 2;
        }

        buffer.Advance(written);
    }

    private void End(int start, ByteBuffer buffer, CsvOptions options)
    {
        // An empty line would not be read back as a row.
        bool isEmptyRow = _columns.Length == 1 && buffer.Length == start;
        if (isEmptyRow || CsvQuoting.IsNeeded(buffer.WrittenFrom(start), (byte)options.Separator))
        {
            CsvQuoting.Enclose(start, buffer);
        }
    }

    private CsvColumns<T> Add(string name, Action<T, ByteBuffer> append)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Array.Exists(_columns, column => string.Equals(column.Name, name, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"There is a column '{name}' already.", nameof(name));
        }

        return new([.. _columns, (name, append)]);
    }
}
