using System.Globalization;

namespace IoTStream.Storage.PostgreSql;

/// <summary>The columns that a sink writes.</summary>
/// <remarks>
/// <para>
/// Rows go in the binary format of <c>COPY</c> where each column has a type that it can be written for as it is: <c>bool</c>; <c>int2</c>, <c>int4</c> and <c>int8</c> for integers of any size;
/// <c>float4</c> for <see cref="float"/>; <c>float8</c> for <see cref="double"/> and integers; <c>numeric</c> for <see cref="decimal"/>; <c>text</c>, <c>varchar</c>, <c>json</c> and <c>jsonb</c> for
/// texts; <c>bytea</c>; <c>timestamptz</c> for <see cref="DateTimeOffset"/>, <c>timestamp</c> for <see cref="DateTime"/>, <c>date</c> for <see cref="DateOnly"/>, <c>time</c> for
/// <see cref="TimeOnly"/>; <c>uuid</c> for <see cref="Guid"/>. Else they go as text, which the database parses as the types that the columns have and which takes it about twice as long.
/// </para>
/// <para>Immutable and thread-safe: each call gives a new set of columns.</para>
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class PostgreSqlColumns<T>
{
    private readonly CopyColumn<T>[] _columns;

    internal PostgreSqlColumns(params CopyColumn<T>[] columns) => _columns = columns;

    internal int Count => _columns.Length;

    internal IEnumerable<string> Names => _columns.Select(static column => column.Name);

    internal IEnumerable<string> Keys => _columns.Where(static column => column.IsKey).Select(static column => column.Name);

    /// <summary>Adds a column of text, also for types such as <c>jsonb</c>; null is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Column(string name, Func<T, string?> value) =>
        Add(name, CopyColumn<T>.OfNullable(name, isKey: false, value, CopyText.Append));

    /// <summary>Adds a column of truth values.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Column(string name, Func<T, bool> value) => Add(name, CopyColumn<T>.Of(name, isKey: false, value, CopyText.Append));

    /// <summary>Adds a column of bytes (<c>bytea</c>); null is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Column(string name, Func<T, byte[]?> value) =>
        Add(name, CopyColumn<T>.OfNullable(name, isKey: false, value, CopyText.Append));

    /// <summary>Adds a column of numbers, times, identifiers and other values that format themselves.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public PostgreSqlColumns<T> Column<TValue>(string name, Func<T, TValue> value)
        where TValue : IUtf8SpanFormattable => Add(name, CopyColumn<T>.Of(name, isKey: false, value, CopyText.Format<TValue>()));

    /// <summary>Adds a column of values that may be missing; a missing one is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public PostgreSqlColumns<T> Column<TValue>(string name, Func<T, TValue?> value)
        where TValue : struct, IUtf8SpanFormattable => Add(name, CopyColumn<T>.OfNullable(name, isKey: false, value, CopyText.Format<TValue>()));

    /// <summary>Adds a column of text that is part of the key.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    public PostgreSqlColumns<T> Key(string name, Func<T, string> value) =>
        Add(name, CopyColumn<T>.OfNullable(name, isKey: true, value, CopyText.Append));

    /// <summary>Adds a column of numbers, times, identifiers and other values that format themselves, which is part of the key.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    public PostgreSqlColumns<T> Key<TValue>(string name, Func<T, TValue> value)
        where TValue : IUtf8SpanFormattable => Add(name, CopyColumn<T>.Of(name, isKey: true, value, CopyText.Format<TValue>()));

    /// <summary>The columns as <c>CREATE TABLE</c> has them.</summary>
    /// <param name="time">One that is not null, though it may not be part of the key.</param>
    internal string Definition(string time)
    {
        string columns = string.Join(", ", _columns.Select(column =>
            $"{SqlName.Of(column.Name)} {column.Type}{(string.Equals(column.Name, time, StringComparison.Ordinal) ? " NOT NULL" : "")}"));
        return Keys.Any() ? $"{columns}, PRIMARY KEY ({SqlName.List(Keys)})" : columns;
    }

    /// <summary>How rows are written into columns of these types.</summary>
    internal RowFormat<T> FormatFor(uint[] types) => RowFormat<T>.For(_columns, types);

    private PostgreSqlColumns<T> Add(string name, CopyColumn<T> added) =>
        Array.Exists(_columns, column => string.Equals(column.Name, name, StringComparison.Ordinal))
            ? throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There is a column '{name}' already."), nameof(name))
            : new PostgreSqlColumns<T>([.. _columns, added]);
}
