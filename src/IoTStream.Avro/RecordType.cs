namespace IoTStream.Avro;

/// <summary>A type of records. Its fields come after it is made, because it may be the type of one of them.</summary>
internal sealed class RecordType<T>(AvroRecordSchema schema, Func<T>? create) : AvroType<T>
{
    public override AvroSchema Schema => schema;

    internal RecordField<T>[] Fields { get; set; } = [];

    internal override void Write(ref AvroWriter writer, T value)
    {
        if (!typeof(T).IsValueType && value is null)
        {
            throw new AvroException($"There is no {schema.FullName} where the schema demands one: null is not among its values.");
        }

        writer.Enter();
        foreach (RecordField<T> field in Fields)
        {
            field.Write(ref writer, value);
        }

        writer.Leave();
    }

    internal override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution)
    {
        if (!SchemaMatch.Matches(writer, schema))
        {
            throw resolution.Refusal(writer, schema);
        }

        if (resolution.TryGet(this, writer, out object? known))
        {
            return (Reader)known!;
        }

        var reader = new Reader(create);
        resolution.Add(this, writer, reader);
        try
        {
            reader.Steps = Steps((AvroRecordSchema)writer, resolution);
        }
        catch (AvroSchemaException refusal)
        {
            // Others may have it within them already, in branches of unions that data need not have.
            reader.Steps = [new RefusedRecord(refusal.Message.TrimEnd('.'))];
            throw;
        }

        return reader;
    }

    private RecordStep<T>[] Steps(AvroRecordSchema written, Resolution resolution)
    {
        int[] sources = FieldMatch.SourcesOf(schema, written);
        List<RecordStep<T>> steps = [];
        for (int i = 0; i < written.Fields.Count; i++)
        {
            int place = Array.IndexOf(sources, i);
            resolution.Enter(written.Fields[i].Name);
            steps.Add(place < 0 ? new SkippedField<T>(written.Fields[i].Schema) : Fields[place].StepFor(written.Fields[i].Schema, resolution));
            resolution.Leave();
        }

        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] < 0)
            {
                AvroField field = schema.Fields[i];
                steps.Add(field.HasDefault ? Fields[i].DefaultStep(field) : throw resolution.Refusal(FieldMatch.Missing(field, written)));
            }
        }

        return [.. steps];
    }

    private sealed class Reader(Func<T>? create) : ValueReader<T>
    {
        public RecordStep<T>[] Steps { get; set; } = [];

        public override T Read(ref AvroReader reader)
        {
            reader.Enter();
            T record = create is null ? default! : create();
            foreach (RecordStep<T> step in Steps)
            {
                step.Read(ref reader, ref record);
            }

            reader.Leave();
            return record;
        }
    }

    private sealed class RefusedRecord(string reason) : RecordStep<T>
    {
        public override void Read(ref AvroReader reader, ref T record) => throw reader.Malformed(reason);
    }
}
