namespace IoTStream.Avro;

/// <summary>How many bytes a value of a schema has at least: the bound on how many items can follow.</summary>
internal static class MinimumSize
{
    public static long Of(AvroSchema schema) => Of(schema, []);

    private static long Of(AvroSchema schema, Dictionary<AvroSchema, long> known)
    {
        switch (schema)
        {
            case AvroFixedSchema bytes:
                return bytes.Size;
            case AvroRecordSchema record:
                if (!known.TryGetValue(record, out long size))
                {
                    // Within itself it counts for nothing.
                    known[record] = 0;
                    foreach (AvroField field in record.Fields)
                    {
                        size = Math.Min(size + Of(field.Schema, known), int.MaxValue);
                    }

                    known[record] = size;
                }

                return size;
            case AvroUnionSchema union:
                return 1 + union.Branches.Select(branch => Of(branch, known)).DefaultIfEmpty(0).Min();
            default:
                return schema.Kind switch
                {
                    AvroKind.Null => 0,
                    AvroKind.Float => sizeof(float),
                    AvroKind.Double => sizeof(double),
                    _ => 1,
                };
        }
    }
}
