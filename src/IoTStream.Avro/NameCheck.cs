namespace IoTStream.Avro;

/// <summary>A schema that is put together from types can have two schemas of one name: in JSON the second would be taken for the first.</summary>
internal static class NameCheck
{
    public static void Run(AvroSchema schema) => Visit(schema, new Dictionary<string, AvroNamedSchema>(StringComparer.Ordinal));

    private static void Visit(AvroSchema schema, Dictionary<string, AvroNamedSchema> known)
    {
        if (schema is AvroNamedSchema named && !known.TryAdd(named.FullName, named))
        {
            AvroNamedSchema first = known[named.FullName];
            if (!ReferenceEquals(first, named) && first.ToJson() != named.ToJson())
            {
                throw new AvroSchemaException($"Two schemas that differ have the name '{named.FullName}'.");
            }

            return;
        }

        switch (schema)
        {
            case AvroRecordSchema record:
                foreach (AvroField field in record.Fields)
                {
                    Visit(field.Schema, known);
                }

                break;
            case AvroArraySchema array:
                Visit(array.Items, known);
                break;
            case AvroMapSchema map:
                Visit(map.Values, known);
                break;
            case AvroUnionSchema union:
                foreach (AvroSchema branch in union.Branches)
                {
                    Visit(branch, known);
                }

                break;
        }
    }
}
