using System.Buffers;
using System.Globalization;
using System.Text;

namespace IoTStream.Storage.PostgreSql;

/// <summary>The columns that a sink writes. Values are sent as text, which the database parses as the type that the column has.</summary>
/// <remarks>Immutable and thread-safe: each call gives a new set of columns.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class PostgreSqlColumns<T>
{
    private readonly (string Name, bool IsKey, Action<T, IBufferWriter<byte>> Append)[] _columns;

    internal PostgreSqlColumns(params (string Name, bool IsKey, Action<T, IBufferWriter<byte>> Append)[] columns) => _columns = columns;

    internal int Count => _columns.Length;

    internal IEnumerable<string> Names => _columns.Select(static column => column.Name);

    internal IEnumerable<string> Keys => _columns.Where(static column => column.IsKey).Select(static column => column.Name);

    /// <summary>Adds a column of text, also for types such as <c>jsonb</c>; null is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Column(string name, Func<T, string?> value) => Add(name, isKey: false, Text(value));

    /// <summary>Adds a column of truth values.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Column(string name, Func<T, bool> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, isKey: false, (record, rows) => rows.Write(value(record) ? "t"u8 : "f"u8));
    }

    /// <summary>Adds a column of bytes (<c>bytea</c>); null is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Column(string name, Func<T, byte[]?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, isKey: false, (record, rows) =>
        {
            if (value(record) is { } bytes)
            {
                rows.Write(@"\\x"u8);
                Encoding.UTF8.GetBytes(Convert.ToHexStringLower(bytes), rows);
            }
            else
            {
                CopyText.AppendNull(rows);
            }
        });
    }

    /// <summary>Adds a column of numbers, times, identifiers and other values that format themselves.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public PostgreSqlColumns<T> Column<TValue>(string name, Func<T, TValue> value)
        where TValue : IUtf8SpanFormattable => Add(name, isKey: false, Formatted(value));

    /// <summary>Adds a column of values that may be missing; a missing one is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public PostgreSqlColumns<T> Column<TValue>(string name, Func<T, TValue?> value)
        where TValue : struct, IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(value);
        Action<TValue, IBufferWriter<byte>> append = CopyText.Format<TValue>();
        return Add(name, isKey: false, (record, rows) =>
        {
            if (value(record) is { } present)
            {
                append(present, rows);
            }
            else
            {
                CopyText.AppendNull(rows);
            }
        });
    }

    /// <summary>Adds a column of text that is part of the key.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Key(string name, Func<T, string> value) => Add(name, isKey: true, Text(value));

    /// <summary>Adds a column of numbers, times, identifiers and other values that format themselves, which is part of the key.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public PostgreSqlColumns<T> Key<TValue>(string name, Func<T, TValue> value)
        where TValue : IUtf8SpanFormattable => Add(name, isKey: true, Formatted(value));

    /// <summary>Appends a row as <c>COPY</c> takes it.</summary>
    internal void AppendRow(T record, IBufferWriter<byte> rows)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            if (i > 0)
            {
                rows.Write("\t"u8);
            }

            _columns[i].Append(record, rows);
        }

        rows.Write("\n"u8);
    }

    private static Action<T, IBufferWriter<byte>> Text(Func<T, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return (record, rows) =>
        {
            if (value(record) is { } text)
            {
                CopyText.Append(text, rows);
            }
            else
            {
                CopyText.AppendNull(rows);
            }
        };
    }

    private static Action<T, IBufferWriter<byte>> Formatted<TValue>(Func<T, TValue> value)
        where TValue : IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(value);
        Action<TValue, IBufferWriter<byte>> append = CopyText.Format<TValue>();
        return (record, rows) => append(value(record), rows);
    }

    private PostgreSqlColumns<T> Add(string name, bool isKey, Action<T, IBufferWriter<byte>> append)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Array.Exists(_columns, column => string.Equals(column.Name, name, StringComparison.Ordinal))
            ? throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There is a column '{name}' already."), nameof(name))
            : new PostgreSqlColumns<T>([.. _columns, (name, isKey, append)]);
    }
}
