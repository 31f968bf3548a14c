namespace IoTStream.Avro;

/// <summary>A type of arrays.</summary>
internal sealed class ArrayType<T>(AvroType<T> items) : AvroType<T[]>
{
    public override AvroSchema Schema { get; } = new AvroArraySchema(items.Schema);

    internal override void Write(ref AvroWriter writer, T[] value)
    {
        if (value is null)
        {
            throw new AvroException("There is no array where the schema demands one: null is not among its values.");
        }

        if (value.Length > 0)
        {
            writer.WriteInt64(value.Length);
            foreach (T item in value)
            {
                items.Write(ref writer, item);
            }
        }

        writer.WriteInt64(0);
    }

    internal override ValueReader<T[]> ReaderOf(AvroSchema writer, Resolution resolution)
    {
        if (writer is not AvroArraySchema array)
        {
            throw resolution.Refusal(writer, Schema);
        }

        resolution.Enter("[]");
        ValueReader<T> item = items.Resolve(array.Items, resolution);
        resolution.Leave();
        return new Reader(item, array);
    }

    private sealed class Reader(ValueReader<T> item, AvroArraySchema written) : ValueReader<T[]>
    {
        public override T[] Read(ref AvroReader reader)
        {
            T[] values = [];
            int filled = 0;
            for (int count = reader.ReadBlock(written.MinimumItemSize); count > 0; count = reader.ReadBlock(written.MinimumItemSize))
            {
                // Doubling: many blocks of one item each must not copy everything each time.
                if (values.Length < filled + count)
                {
                    Array.Resize(ref values, filled == 0 ? count : Math.Max(filled + count, 2 * filled));
                }

                for (; count > 0; count--)
                {
                    values[filled++] = item.Read(ref reader);
                }
            }

            if (filled < values.Length)
            {
                Array.Resize(ref values, filled);
            }

            return values;
        }
    }
}
