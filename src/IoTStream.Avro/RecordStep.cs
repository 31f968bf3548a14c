namespace IoTStream.Avro;

/// <summary>Gives a field of a record its value.</summary>
/// <param name="record">The record.</param>
/// <param name="value">The value.</param>
/// <typeparam name="T">The type of the record.</typeparam>
/// <typeparam name="TField">The type of the value.</typeparam>
public delegate void AvroSetter<T, in TField>(ref T record, TField value);

/// <summary>A step of reading a record: a field that is written is read, or passed over.</summary>
internal abstract class RecordStep<T>
{
    public abstract void Read(ref AvroReader reader, ref T record);
}

internal sealed class SkippedField<T>(AvroSchema written) : RecordStep<T>
{
    public override void Read(ref AvroReader reader, ref T record) => reader.Skip(written);
}

internal sealed class ReadField<T, TField>(ValueReader<TField> value, AvroSetter<T, TField> set) : RecordStep<T>
{
    public override void Read(ref AvroReader reader, ref T record) => set(ref record, value.Read(ref reader));
}

/// <summary>A field that was not written gets its default: a fresh one each time, since what is read belongs to the reader.</summary>
internal sealed class DefaultedField<T, TField>(ValueReader<TField> value, byte[] encoded, AvroSetter<T, TField> set) : RecordStep<T>
{
    public override void Read(ref AvroReader reader, ref T record)
    {
        var defaults = new AvroReader(encoded);
        set(ref record, value.Read(ref defaults));
    }
}
