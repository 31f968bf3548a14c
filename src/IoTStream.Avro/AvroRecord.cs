using System.Buffers;

namespace IoTStream.Avro;

/// <summary>
/// A generic record: values by the names of their fields. Null, bool, int, long, float, double, <c>byte[]</c> and string stand for themselves, an array is <c>object?[]</c>, a map
/// <c>Dictionary&lt;string, object?&gt;</c>, a symbol <see cref="AvroSymbol"/>, fixed <see cref="AvroFixed"/>, and a union is the value of its branch. Logical types do not change that, so that
/// nothing is lost; <see cref="Get{T}"/> has what they mean.
/// </summary>
/// <remarks>Not thread-safe while it is changed. Values are checked when they are written.</remarks>
public sealed class AvroRecord
{
    private readonly object?[] _values;

    /// <summary>A record without values yet.</summary>
    /// <param name="schema">Its schema.</param>
    /// <exception cref="ArgumentNullException"><paramref name="schema"/> is null.</exception>
    public AvroRecord(AvroRecordSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Schema = schema;
        _values = new object?[schema.Fields.Count];
    }

    /// <summary>Its schema.</summary>
    public AvroRecordSchema Schema { get; }

    /// <summary>The value of a field.</summary>
    /// <param name="name">The name of the field.</param>
    /// <exception cref="ArgumentException">There is no field of that name.</exception>
    public object? this[string name]
    {
        get => _values[PlaceOf(name)];
        set => _values[PlaceOf(name)] = value;
    }

    /// <summary>The value of a field as a type reads it, for instance a moment by <see cref="AvroTypes.TimestampMillis"/>.</summary>
    /// <remarks>It is written and read for that, which is nothing for many records a second: a type for the whole record is the fast way.</remarks>
    /// <param name="name">The name of the field.</param>
    /// <param name="type">The type.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <exception cref="ArgumentException">There is no field of that name.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="type"/> is null.</exception>
    /// <exception cref="AvroSchemaException">Values of the field cannot be read as the type.</exception>
    /// <exception cref="AvroException">The value is none of the field's schema, or none of the type.</exception>
    public T Get<T>(string name, AvroType<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        int place = PlaceOf(name);
        AvroSchema written = Schema.Fields[place].Schema;
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new AvroWriter(bytes);
        GenericTypes.OfAny(written).Write(ref writer, _values[place]);
        writer.Flush();
        var reader = new AvroReader(bytes.WrittenSpan);
        return type.Resolve(written).Read(ref reader);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Schema.FullName} {{ {string.Join(", ", Schema.Fields.Select((field, i) => $"{field.Name} = {_values[i] ?? "null"}"))} }}";

    internal object? ValueAt(int place) => _values[place];

    internal void SetValueAt(int place, object? value) => _values[place] = value;

    private int PlaceOf(string name) =>
        Schema.PlaceOf(name) is >= 0 and var place ? place : throw new ArgumentException($"{Schema.FullName} has no field named '{name}'.", nameof(name));
}
