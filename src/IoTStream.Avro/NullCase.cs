namespace IoTStream.Avro;

/// <summary>Null as a case of a union.</summary>
internal sealed class NullCase<T> : UnionCase<T>
{
    public override AvroSchema Schema { get; } = new AvroPrimitiveSchema(AvroKind.Null);

    public override bool TryWrite(ref AvroWriter writer, int place, T value)
    {
        if (value is not null)
        {
            return false;
        }

        writer.WriteInt64(place);
        return true;
    }

    public override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution) =>
        writer.Kind == AvroKind.Null ? new Reader() : throw resolution.Refusal(writer, Schema);

    private sealed class Reader : ValueReader<T>
    {
        public override T Read(ref AvroReader reader) => default!;
    }
}
