using System.Collections.Immutable;
using IoTStream.Connectors;

namespace IoTStream.Storage.InfluxDb;

/// <summary>Which point a record becomes: a measurement, tags that tell series apart, fields that are measured, and a timestamp.</summary>
/// <remarks>
/// Immutable and thread-safe: each method gives a new mapping. A point is known by its measurement, tags and timestamp: one that is written again, after a restart say, replaces itself. So two records of
/// a series with the same timestamp become one point; a tag tells them apart.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class PointMapping<T>
{
    private readonly Func<T, string> _measurement;
    private readonly ImmutableSortedDictionary<string, Func<T, string?>> _tags;
    private readonly ImmutableArray<(string Name, Action<LineWriter, string, T> Append)> _fields;
    private readonly Func<T, DateTimeOffset>? _timestamp;

    /// <summary>A mapping to one measurement.</summary>
    /// <param name="measurement">The measurement.</param>
    /// <exception cref="ArgumentException">It is empty, or has a line break, or ends with a backslash.</exception>
    public PointMapping(string measurement)
        : this(_ => measurement) => LineWriter.CheckName(measurement, nameof(measurement));

    /// <summary>A mapping to a measurement that the record says.</summary>
    /// <param name="measurement">The measurement of a record.</param>
    public PointMapping(Func<T, string> measurement)
        : this(measurement ?? throw new ArgumentNullException(nameof(measurement)), ImmutableSortedDictionary.Create<string, Func<T, string?>>(StringComparer.Ordinal), [], null)
    {
    }

    private PointMapping(
        Func<T, string> measurement,
        ImmutableSortedDictionary<string, Func<T, string?>> tags,
        ImmutableArray<(string Name, Action<LineWriter, string, T> Append)> fields,
        Func<T, DateTimeOffset>? timestamp)
    {
        _measurement = measurement;
        _tags = tags;
        _fields = fields;
        _timestamp = timestamp;
    }

    /// <summary>A tag: text that is indexed, and tells series apart. Keep the number of different values bounded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; where it is null or empty the point has no such tag.</param>
    /// <exception cref="ArgumentException">The name is taken or none.</exception>
    public PointMapping<T> Tag(string name, Func<T, string?> value)
    {
        LineWriter.CheckName(name, nameof(name));
        ArgumentNullException.ThrowIfNull(value);
        ThrowIfTaken(name);
        return new(_measurement, _tags.Add(name, value), _fields, _timestamp);
    }

    /// <summary>A field with a number. Where it is null, NaN or infinite, which InfluxDB does not know, the point has no such field.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The name is taken or none.</exception>
    public PointMapping<T> Field(string name, Func<T, double?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (line, key, record) => line.Field(key, value(record)));
    }

    /// <summary>A field with a whole number. Where it is null the point has no such field.</summary>
    /// <inheritdoc cref="Field(string, Func{T, double?})"/>
    public PointMapping<T> Field(string name, Func<T, long?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (line, key, record) => line.Field(key, value(record)));
    }

    /// <summary>A field that is true or false. Where it is null the point has no such field.</summary>
    /// <inheritdoc cref="Field(string, Func{T, double?})"/>
    public PointMapping<T> Field(string name, Func<T, bool?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (line, key, record) => line.Field(key, value(record)));
    }

    /// <summary>A field with text. Where it is null the point has no such field.</summary>
    /// <inheritdoc cref="Field(string, Func{T, double?})"/>
    public PointMapping<T> Field(string name, Func<T, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (line, key, record) => line.Field(key, value(record)));
    }

    /// <summary>The timestamp of the point. By default it is that of the record: its event time, or for a result of a window the last instant of the window.</summary>
    /// <param name="timestamp">The timestamp of a record.</param>
    public PointMapping<T> At(Func<T, DateTimeOffset> timestamp)
    {
        ArgumentNullException.ThrowIfNull(timestamp);
        return new(_measurement, _tags, _fields, timestamp);
    }

    internal bool HasFields => !_fields.IsEmpty;

    /// <summary>Appends the line of a record; nothing if it has no field.</summary>
    /// <returns>Whether there is a line.</returns>
    /// <exception cref="InfluxDbException">The point cannot be written as a line.</exception>
    internal bool Append(LineWriter line, T record, RecordContext context)
    {
        line.Begin(_measurement(record));
        foreach ((string name, Func<T, string?> value) in _tags)
        {
            line.Tag(name, value(record));
        }

        foreach ((string name, Action<LineWriter, string, T> append) in _fields)
        {
            append(line, name, record);
        }

        return line.End(_timestamp is null ? context.TimestampTicks : _timestamp(record).UtcTicks);
    }

    private PointMapping<T> Add(string name, Action<LineWriter, string, T> append)
    {
        LineWriter.CheckName(name, nameof(name));
        ThrowIfTaken(name);
        return new(_measurement, _tags, _fields.Add((name, append)), _timestamp);
    }

    private void ThrowIfTaken(string name)
    {
        if (_tags.ContainsKey(name) || _fields.Any(field => string.Equals(field.Name, name, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"There is a tag or field '{name}' already.", nameof(name));
        }
    }
}
