namespace IoTStream.Avro;

/// <summary>A field of a record as a type of C# has it.</summary>
internal abstract class RecordField<T>
{
    public abstract void Write(ref AvroWriter writer, T record);

    public abstract RecordStep<T> StepFor(AvroSchema written, Resolution resolution);

    public abstract RecordStep<T> DefaultStep(AvroField field);
}

internal sealed class RecordField<T, TField>(AvroType<TField> type, Func<T, TField> get, AvroSetter<T, TField> set) : RecordField<T>
{
    public override void Write(ref AvroWriter writer, T record) => type.Write(ref writer, get(record));

    public override RecordStep<T> StepFor(AvroSchema written, Resolution resolution) => new ReadField<T, TField>(type.Resolve(written, resolution), set);

    public override RecordStep<T> DefaultStep(AvroField field) => new DefaultedField<T, TField>(type.Resolve(type.Schema), DefaultValue.Encode(field), set);
}
