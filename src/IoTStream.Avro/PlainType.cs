namespace IoTStream.Avro;

/// <summary>A type of values without parts.</summary>
internal sealed class PlainType<T, TFormat>(AvroSchema schema, TFormat format, Func<AvroKind, ValueReader<T>?>? promoted = null) : AvroType<T>
    where TFormat : struct, IFormat<T>
{
    public override AvroSchema Schema => schema;

    internal override void Write(ref AvroWriter writer, T value) => format.Write(ref writer, value);

    internal override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution)
    {
        if (!SchemaMatch.Matches(writer, schema))
        {
            throw resolution.Refusal(writer, schema);
        }

        // What is promoted to an integer or a text lies in bytes as it does unpromoted.
        return (writer.Kind == schema.Kind ? null : promoted?.Invoke(writer.Kind)) ?? new PlainReader<T, TFormat>(format);
    }
}

/// <summary>Reads values without parts.</summary>
internal sealed class PlainReader<T, TFormat>(TFormat format) : ValueReader<T>
    where TFormat : struct, IFormat<T>
{
    public override T Read(ref AvroReader reader) => format.Read(ref reader);
}

/// <summary>Reads numbers that were written with a smaller type.</summary>
internal static class Promotion
{
    public static ValueReader<float>? ToFloat(AvroKind writer) =>
        writer is AvroKind.Int or AvroKind.Long ? new ConvertingReader<long, float>(new PlainReader<long, LongFormat>(default), static value => value) : null;

    public static ValueReader<double>? ToDouble(AvroKind writer) => writer switch
    {
        AvroKind.Int or AvroKind.Long => new ConvertingReader<long, double>(new PlainReader<long, LongFormat>(default), static value => value),
        AvroKind.Float => new ConvertingReader<float, double>(new PlainReader<float, FloatFormat>(default), static value => value),
        _ => null,
    };
}
