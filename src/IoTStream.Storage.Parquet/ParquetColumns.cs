using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace IoTStream.Storage.Parquet;

/// <summary>Which folder a record belongs to, and which columns of a file it fills.</summary>
/// <remarks>Immutable and thread-safe: each call gives a new set.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class ParquetColumns<T>
{
    // What Hive, and whatever reads its folders, takes for NULL.
    private const string NullPartition = "__HIVE_DEFAULT_PARTITION__";

    // What Linux, macOS and Windows have in common.
    private const int LongestFolder = 255;

    private readonly (string Name, Action<T, IBufferWriter<byte>> Append)[] _partitions;
    private readonly (string Name, StoredType Type, Action<T, IBufferWriter<byte>> Append)[] _columns;

    internal ParquetColumns()
        : this([], [])
    {
    }

    private ParquetColumns((string Name, Action<T, IBufferWriter<byte>> Append)[] partitions, (string Name, StoredType Type, Action<T, IBufferWriter<byte>> Append)[] columns) =>
        (_partitions, _columns) = (partitions, columns);

    internal RowSchema Schema => new([.. _columns.Select(static column => (column.Name, column.Type))]);

    internal int Count => _columns.Length;

    /// <summary>Adds a level of folders, one for each day in UTC: <c>date=2026-01-31</c>. Queries for some days open no other files.</summary>
    /// <param name="time">The time of a record.</param>
    /// <param name="name">The name of the column that readers see.</param>
    /// <exception cref="ArgumentException">There is a column of the name already, or it is empty.</exception>
    public ParquetColumns<T> PartitionByDate(Func<T, DateTimeOffset> time, string name = "date")
    {
        ArgumentNullException.ThrowIfNull(time);
        return AddPartition(name, (record, path) =>
        {
            Span<byte> date = path.GetSpan(10);
            time(record).UtcDateTime.TryFormat(date, out int written, "yyyy-MM-dd", CultureInfo.InvariantCulture);
            path.Advance(written);
        });
    }

    /// <summary>
    /// Adds a level of folders, one for each value: <c>machine=press-4</c>. Each folder gets a file in each epoch that has records for it, so values should be few, dozens rather
    /// than thousands; other keys are better a column.
    /// </summary>
    /// <param name="name">The name of the column that readers see.</param>
    /// <param name="value">The value of a record. Readers see NULL where it is null or empty.</param>
    /// <exception cref="ArgumentException">There is a column of the name already, or it is empty.</exception>
    public ParquetColumns<T> PartitionBy(string name, Func<T, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return AddPartition(name, (record, path) =>
        {
            string? text = value(record);
            string escaped = string.IsNullOrEmpty(text) ? NullPartition : Uri.EscapeDataString(text);

            // Found out here, where the one record can be left out, and not when files of an epoch that is committed are to be moved.
            if (name.Length + 1 + escaped.Length > LongestFolder)
            {
                throw new FormatException($"'{text}' is too long for the name of a folder: partition by something shorter than '{name}', and make that a column.");
            }

            Encoding.UTF8.GetBytes(escaped, path);
        });
    }

    /// <summary>Adds a column of text; null is written as NULL.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <exception cref="ArgumentException">There is a column of the name already, or it is empty.</exception>
    public ParquetColumns<T> Column(string name, Func<T, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, StoredType.Text, (record, row) => StoredType.Append(value(record), row));
    }

    /// <summary>Adds a column of bytes; null is written as NULL.</summary>
    /// <inheritdoc cref="Column(string, Func{T, string})"/>
    public ParquetColumns<T> Column(string name, Func<T, byte[]?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, StoredType.Bytes, (record, row) => StoredType.Append(value(record), row));
    }

    /// <summary>
    /// Adds a column of numbers, truth values, times, days or identifiers: of <see cref="bool"/>, the integers of 8 to 64 bits, <see cref="float"/>, <see cref="double"/>,
    /// <see cref="DateTimeOffset"/>, <see cref="DateOnly"/> or <see cref="Guid"/>. Times are written in UTC, in microseconds: what is finer is cut off.
    /// </summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    /// <exception cref="ArgumentException">There is a column of the name already, or it is empty.</exception>
    /// <exception cref="NotSupportedException">The type is none of these.</exception>
    public ParquetColumns<T> Column<TValue>(string name, Func<T, TValue> value)
        where TValue : struct
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, StoredType.Of(typeof(TValue)), (record, row) => StoredType.Append(value(record), row));
    }

    /// <summary>Adds a column of values that may be missing; a missing one is written as NULL, others as <see cref="Column{TValue}(string, Func{T, TValue})"/> says.</summary>
    /// <inheritdoc cref="Column{TValue}(string, Func{T, TValue})"/>
    public ParquetColumns<T> Column<TValue>(string name, Func<T, TValue?> value)
        where TValue : struct
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, StoredType.Of(typeof(TValue)), (record, row) =>
        {
            if (value(record) is { } present)
            {
                StoredType.Append(present, row);
            }
            else
            {
                StoredType.AppendMissing(row);
            }
        });
    }

    /// <summary>Adds a column of decimal numbers of up to 38 digits; a missing one is written as NULL.</summary>
    /// <remarks>A number with more digits than that, or more behind the point, cannot be written: nothing is rounded.</remarks>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value of a record.</param>
    /// <param name="scale">How many digits are behind the point, from 0 to 28.</param>
    /// <exception cref="ArgumentException">There is a column of the name already, or it is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The scale is less than 0 or more than 28.</exception>
    public ParquetColumns<T> Column(string name, Func<T, decimal?> value, int scale)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentOutOfRangeException.ThrowIfNegative(scale);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, StoredType.MaximumScale);
        BigInteger end = BigInteger.Pow(10, StoredType.Precision - scale);
        decimal limit = end < (BigInteger)decimal.MaxValue ? (decimal)end : decimal.MaxValue;
        return Add(name, StoredType.Decimal(scale), (record, row) =>
        {
            if (value(record) is not { } present)
            {
                StoredType.AppendMissing(row);
                return;
            }

            if (decimal.Round(present, scale) != present || (limit < decimal.MaxValue && Math.Abs(present) >= limit))
            {
                throw new OverflowException(string.Create(
                    CultureInfo.InvariantCulture, $"{present} does not fit into the column '{name}', which has {StoredType.Precision} digits, {scale} of them behind the point."));
            }

            StoredType.Append(present, row);
        });
    }

    /// <summary>Appends the folder of a record, relative to that of the table.</summary>
    internal void AppendFolder(T record, IBufferWriter<byte> path)
    {
        for (int i = 0; i < _partitions.Length; i++)
        {
            if (i > 0)
            {
                path.Write("/"u8);
            }

            Encoding.UTF8.GetBytes(_partitions[i].Name, path);
            path.Write("="u8);
            _partitions[i].Append(record, path);
        }
    }

    /// <summary>Appends the values of a record, in the order of the columns.</summary>
    internal void AppendValues(T record, IBufferWriter<byte> row)
    {
        foreach ((_, _, Action<T, IBufferWriter<byte>> append) in _columns)
        {
            append(record, row);
        }
    }

    private ParquetColumns<T> AddPartition(string name, Action<T, IBufferWriter<byte>> append)
    {
        ThrowIfTaken(name);
        return name.AsSpan().ContainsAnyExcept(FolderName.Plain)
            ? throw new ArgumentException($"'{name}' cannot be the name of a folder everywhere: keep to letters of ASCII, digits, '-' and '_'.", nameof(name))
            : new ParquetColumns<T>([.. _partitions, (name, append)], _columns);
    }

    private ParquetColumns<T> Add(string name, StoredType type, Action<T, IBufferWriter<byte>> append)
    {
        ThrowIfTaken(name);
        return new ParquetColumns<T>(_partitions, [.. _columns, (name, type, append)]);
    }

    private void ThrowIfTaken(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_columns.Select(static column => column.Name).Concat(_partitions.Select(static partition => partition.Name)).Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"There is a column '{name}' already.", nameof(name));
        }

        if (name.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("The name of a column must not have the character with the code 0.", nameof(name));
        }
    }
}
