using System.Buffers;

namespace IoTStream.Storage.Sqlite;

/// <summary>The columns that a sink writes.</summary>
/// <remarks>Immutable and thread-safe: each call gives a new set of columns.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class SqliteColumns<T>
{
    private readonly (string Name, bool IsKey, Action<T, IBufferWriter<byte>> Append)[] _columns;

    internal SqliteColumns(params (string Name, bool IsKey, Action<T, IBufferWriter<byte>> Append)[] columns) => _columns = columns;

    internal int Count => _columns.Length;

    internal IEnumerable<string> Names => _columns.Select(static column => column.Name);

    internal IEnumerable<string> Keys => _columns.Where(static column => column.IsKey).Select(static column => column.Name);

    /// <summary>Adds a column of text; null is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public SqliteColumns<T> Column(string name, Func<T, string?> value) => Add(name, isKey: false, value, StoredValue.Append);

    /// <summary>Adds a column of bytes; null is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public SqliteColumns<T> Column(string name, Func<T, byte[]?> value) => Add(name, isKey: false, value, StoredValue.Append);

    /// <summary>Adds a column of truth values, written as the integers 0 and 1.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public SqliteColumns<T> Column(string name, Func<T, bool> value) => Add(name, isKey: false, value, static (flag, rows) => StoredValue.Append(flag ? 1L : 0L, rows));

    /// <summary>
    /// Adds a column of numbers, times, identifiers and other values that format themselves: integers that fit into 64 bits are written as integers,
    /// <see cref="double"/> and <see cref="float"/> as reals (NaN as NULL, for SQLite has none), others as text; times in the form of ISO 8601, in UTC if they have an offset.
    /// </summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public SqliteColumns<T> Column<TValue>(string name, Func<T, TValue> value)
        where TValue : IUtf8SpanFormattable => Add(name, isKey: false, value, StoredValue.Format<TValue>());

    /// <summary>Adds a column of values that may be missing; a missing one is written as NULL, others as <see cref="Column{TValue}(string, Func{T, TValue})"/> says.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public SqliteColumns<T> Column<TValue>(string name, Func<T, TValue?> value)
        where TValue : struct, IUtf8SpanFormattable
    {
        Action<TValue, IBufferWriter<byte>> append = StoredValue.Format<TValue>();
        return Add(name, isKey: false, value, (maybe, rows) =>
        {
            if (maybe is { } present)
            {
                append(present, rows);
            }
            else
            {
                StoredValue.AppendNull(rows);
            }
        });
    }

    /// <summary>Adds a column of text that is part of the key.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public SqliteColumns<T> Key(string name, Func<T, string> value) => Add(name, isKey: true, value, StoredValue.Append);

    /// <summary>Adds a column that is part of the key, of values as <see cref="Column{TValue}(string, Func{T, TValue})"/> takes them.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public SqliteColumns<T> Key<TValue>(string name, Func<T, TValue> value)
        where TValue : IUtf8SpanFormattable => Add(name, isKey: true, value, StoredValue.Format<TValue>());

    /// <summary>Appends the values of a record, in the order of the columns.</summary>
    internal void AppendRow(T record, IBufferWriter<byte> rows)
    {
        foreach ((_, _, Action<T, IBufferWriter<byte>> append) in _columns)
        {
            append(record, rows);
        }
    }

    private SqliteColumns<T> Add<TValue>(string name, bool isKey, Func<T, TValue> value, Action<TValue, IBufferWriter<byte>> append)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return Array.Exists(_columns, column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))
            ? throw new ArgumentException($"There is a column '{name}' already.", nameof(name))
            : new SqliteColumns<T>([.. _columns, (name, isKey, (record, rows) => append(value(record), rows))]);
    }
}
