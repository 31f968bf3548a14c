namespace IoTStream.Avro;

/// <summary>One of the types that a union is made of.</summary>
internal abstract class UnionCase<T>
{
    public abstract AvroSchema Schema { get; }

    public abstract bool TryWrite(ref AvroWriter writer, int place, T value);

    public abstract ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution);
}

/// <summary>A case of a union that is told from others by its type of C#.</summary>
internal sealed class TypeCase<T, TCase>(AvroType<TCase> type) : UnionCase<T>
    where TCase : T
{
    public override AvroSchema Schema => type.Schema;

    public override bool TryWrite(ref AvroWriter writer, int place, T value)
    {
        if (value is not TCase matching)
        {
            return false;
        }

        writer.WriteInt64(place);
        type.Write(ref writer, matching);
        return true;
    }

    public override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution) => new Reader(type.ReaderOf(writer, resolution));

    private sealed class Reader(ValueReader<TCase> inner) : ValueReader<T>
    {
        public override T Read(ref AvroReader reader) => inner.Read(ref reader);
    }
}

/// <summary>A type whose values are of one of several types.</summary>
internal sealed class UnionType<T>(AvroUnionSchema schema, UnionCase<T>[] cases) : AvroType<T>
{
    public override AvroSchema Schema => schema;

    internal override void Write(ref AvroWriter writer, T value)
    {
        for (int i = 0; i < cases.Length; i++)
        {
            if (cases[i].TryWrite(ref writer, i, value))
            {
                return;
            }
        }

        throw new AvroException($"{value?.ToString() ?? "null"} is of none of the types of the {schema}.");
    }

    internal override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution)
    {
        int branch = SchemaMatch.BranchFor(writer, schema);
        return branch >= 0 ? cases[branch].ReaderOf(writer, resolution) : throw resolution.Refusal(writer, schema);
    }
}
