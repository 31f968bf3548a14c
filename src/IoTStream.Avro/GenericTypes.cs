namespace IoTStream.Avro;

/// <summary>The types of generic values, made for a schema.</summary>
internal sealed class GenericTypes
{
    private readonly Dictionary<AvroRecordSchema, RecordType<AvroRecord>> _records = [];

    public static AvroType<AvroRecord> Of(AvroRecordSchema schema) => new GenericTypes().Record(schema);

    public static AvroType<object?> OfAny(AvroSchema schema) => new GenericTypes().Any(schema);

    private AvroType<object?> Any(AvroSchema schema) => schema switch
    {
        AvroRecordSchema record => Boxed(Record(record)),
        AvroEnumSchema symbols => Boxed(new EnumType<AvroSymbol>(symbols, [.. symbols.Symbols.Select(symbol => new AvroSymbol(symbols, symbol))])),
        AvroFixedSchema bytes => Boxed(new PlainType<AvroFixed, GenericFixedFormat>(bytes, new GenericFixedFormat(bytes))),
        AvroArraySchema array => Boxed(new ArrayType<object?>(Any(array.Items))),
        AvroMapSchema map => Boxed(new MapType<object?>(Any(map.Values))),
        AvroUnionSchema union => new UnionType<object?>(union, [.. union.Branches.Select(branch => new GenericCase(Any(branch)))]),
        _ => Primitive(schema),
    };

    private static AvroType<object?> Primitive(AvroSchema schema) => schema.Kind switch
    {
        AvroKind.Null => new PlainType<object?, NullFormat>(schema, default),
        AvroKind.Boolean => Boxed(new PlainType<bool, BooleanFormat>(schema, default)),
        AvroKind.Int => Boxed(new PlainType<int, IntFormat>(schema, default)),
        AvroKind.Long => Boxed(new PlainType<long, LongFormat>(schema, default)),
        AvroKind.Float => Boxed(new PlainType<float, FloatFormat>(schema, default, Promotion.ToFloat)),
        AvroKind.Double => Boxed(new PlainType<double, DoubleFormat>(schema, default, Promotion.ToDouble)),
        AvroKind.Bytes => Boxed(new PlainType<byte[], BytesFormat>(schema, default)),
        _ => Boxed(new PlainType<string, StringFormat>(schema, default)),
    };

    private static BoxedType<T> Boxed<T>(AvroType<T> type)
        where T : notnull => new(type);

    private RecordType<AvroRecord> Record(AvroRecordSchema schema)
    {
        if (_records.TryGetValue(schema, out RecordType<AvroRecord>? known))
        {
            return known;
        }

        var type = new RecordType<AvroRecord>(schema, () => new AvroRecord(schema));
        _records.Add(schema, type);
        type.Fields = [.. schema.Fields.Select((field, place) => Access(schema, place, Any(field.Schema)))];
        return type;
    }

    private static RecordField<AvroRecord, object?> Access(AvroRecordSchema schema, int place, AvroType<object?> type) => new(
        type,
        record => ReferenceEquals(record.Schema, schema) || record.Schema.CanonicalForm == schema.CanonicalForm
            ? record.ValueAt(place)
            : throw new AvroException($"A record of {record.Schema.FullName} is to be written as {schema.FullName}, or the two differ in what they have."),
        (ref record, value) => record.SetValueAt(place, value));
}

/// <summary>Any type as one of objects.</summary>
internal sealed class BoxedType<T>(AvroType<T> inner) : AvroType<object?>
    where T : notnull
{
    public override AvroSchema Schema => inner.Schema;

    internal override void Write(ref AvroWriter writer, object? value) =>
        inner.Write(ref writer, value is T unboxed ? unboxed : throw new AvroException($"{value ?? "null"} ({value?.GetType().Name ?? "nothing"}) is to be written as {Schema}, which takes {typeof(T).Name}."));

    internal override ValueReader<object?> ReaderOf(AvroSchema writer, Resolution resolution) => new Reader(inner.ReaderOf(writer, resolution));

    private sealed class Reader(ValueReader<T> inner) : ValueReader<object?>
    {
        public override object? Read(ref AvroReader reader) => inner.Read(ref reader);
    }
}

internal readonly struct GenericFixedFormat(AvroFixedSchema schema) : IFormat<AvroFixed>
{
    public AvroFixed Read(ref AvroReader reader) => new(schema, reader.ReadFixed(schema.Size).ToArray());

    public void Write(ref AvroWriter writer, AvroFixed value) =>
        writer.WriteFixed(value.Schema.Size == schema.Size ? value.Bytes.Span : throw new AvroException($"{value.Schema.Size} bytes are to be written as {schema.FullName}, which has {schema.Size}."));
}

/// <summary>A branch of a union of generic values: values say by their type, and by the name of their schema if it has one, which branch they are of.</summary>
internal sealed class GenericCase(AvroType<object?> type) : UnionCase<object?>
{
    public override AvroSchema Schema => type.Schema;

    public override bool TryWrite(ref AvroWriter writer, int place, object? value)
    {
        if (!Takes(value))
        {
            return false;
        }

        writer.WriteInt64(place);
        type.Write(ref writer, value);
        return true;
    }

    public override ValueReader<object?> ReaderOf(AvroSchema writer, Resolution resolution) => type.ReaderOf(writer, resolution);

    private bool Takes(object? value) => value switch
    {
        null => Schema.Kind == AvroKind.Null,
        bool => Schema.Kind == AvroKind.Boolean,
        int => Schema.Kind == AvroKind.Int,
        long => Schema.Kind == AvroKind.Long,
        float => Schema.Kind == AvroKind.Float,
        double => Schema.Kind == AvroKind.Double,
        byte[] => Schema.Kind == AvroKind.Bytes,
        string => Schema.Kind == AvroKind.String,
        object?[] => Schema.Kind == AvroKind.Array,
        Dictionary<string, object?> => Schema.Kind == AvroKind.Map,
        AvroRecord record => IsNamed(record.Schema),
        AvroSymbol symbol => IsNamed(symbol.Schema),
        AvroFixed bytes => IsNamed(bytes.Schema),
        _ => false,
    };

    private bool IsNamed(AvroNamedSchema schema) => Schema is AvroNamedSchema named && named.Kind == schema.Kind && named.FullName == schema.FullName;
}
