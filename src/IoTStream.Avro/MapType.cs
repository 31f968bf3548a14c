namespace IoTStream.Avro;

/// <summary>A type of maps. Of a key that comes twice the last value counts.</summary>
internal sealed class MapType<T>(AvroType<T> values) : AvroType<Dictionary<string, T>>
{
    public override AvroSchema Schema { get; } = new AvroMapSchema(values.Schema);

    internal override void Write(ref AvroWriter writer, Dictionary<string, T> value)
    {
        if (value is null)
        {
            throw new AvroException("There is no map where the schema demands one: null is not among its values.");
        }

        if (value.Count > 0)
        {
            writer.WriteInt64(value.Count);
            foreach ((string key, T item) in value)
            {
                writer.WriteText(key);
                values.Write(ref writer, item);
            }
        }

        writer.WriteInt64(0);
    }

    internal override ValueReader<Dictionary<string, T>> ReaderOf(AvroSchema writer, Resolution resolution)
    {
        if (writer is not AvroMapSchema map)
        {
            throw resolution.Refusal(writer, Schema);
        }

        resolution.Enter("{}");
        ValueReader<T> value = values.Resolve(map.Values, resolution);
        resolution.Leave();
        return new Reader(value, map);
    }

    private sealed class Reader(ValueReader<T> value, AvroMapSchema written) : ValueReader<Dictionary<string, T>>
    {
        public override Dictionary<string, T> Read(ref AvroReader reader)
        {
            var entries = new Dictionary<string, T>(StringComparer.Ordinal);
            for (int count = reader.ReadBlock(written.MinimumEntrySize); count > 0; count = reader.ReadBlock(written.MinimumEntrySize))
            {
                for (; count > 0; count--)
                {
                    string key = reader.ReadText();
                    entries[key] = value.Read(ref reader);
                }
            }

            return entries;
        }
    }
}
