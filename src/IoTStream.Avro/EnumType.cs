namespace IoTStream.Avro;

/// <summary>A type of symbols, each of which is a value.</summary>
internal sealed class EnumType<T>(AvroEnumSchema schema, T[] values) : AvroType<T>
{
    public override AvroSchema Schema => schema;

    internal override void Write(ref AvroWriter writer, T value)
    {
        int place = Array.IndexOf(values, value);
        writer.WriteInt64(place >= 0 ? place : throw new AvroException($"{value} is none of the symbols of {schema.FullName}."));
    }

    internal override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution)
    {
        if (!SchemaMatch.Matches(writer, schema))
        {
            throw resolution.Refusal(writer, schema);
        }

        var written = (AvroEnumSchema)writer;
        return new Reader(values, schema.PlacesOf(written), written, schema);
    }

    private sealed class Reader(T[] values, int[] places, AvroEnumSchema written, AvroEnumSchema schema) : ValueReader<T>
    {
        public override T Read(ref AvroReader reader)
        {
            int symbol = reader.ReadPlace(places.Length, "symbol");
            int place = places[symbol];
            return place >= 0 ? values[place] : throw reader.Malformed($"the symbol '{written.Symbols[symbol]}' is none of {schema.FullName}, which has no default");
        }
    }
}
