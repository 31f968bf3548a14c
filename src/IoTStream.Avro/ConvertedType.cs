namespace IoTStream.Avro;

/// <summary>A type whose values are made of those of another.</summary>
internal sealed class ConvertedType<TInner, T>(AvroType<TInner> inner, Func<TInner, T> read, Func<T, TInner> write) : AvroType<T>
{
    public override AvroSchema Schema => inner.Schema;

    internal override void Write(ref AvroWriter writer, T value) => inner.Write(ref writer, write(value));

    internal override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution) => new ConvertingReader<TInner, T>(inner.ReaderOf(writer, resolution), read);
}
