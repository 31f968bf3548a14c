namespace IoTStream.Avro;

/// <summary>Passes over values that nobody asked for.</summary>
internal static class Skipping
{
    public static void Skip(this ref AvroReader reader, AvroSchema schema)
    {
        switch (schema)
        {
            case AvroRecordSchema record:
                reader.Enter();
                for (int i = 0; i < record.Fields.Count; i++)
                {
                    reader.Skip(record.Fields[i].Schema);
                }

                reader.Leave();
                break;
            case AvroEnumSchema symbols:
                reader.ReadPlace(symbols.Symbols.Count, "symbol");
                break;
            case AvroFixedSchema bytes:
                reader.ReadFixed(bytes.Size);
                break;
            case AvroUnionSchema union:
                reader.Skip(union.Branches[reader.ReadPlace(union.Branches.Count, "branch")]);
                break;
            case AvroArraySchema array:
                for (int count = reader.SkipBlock(array.MinimumItemSize); count > 0; count = count > 1 ? count - 1 : reader.SkipBlock(array.MinimumItemSize))
                {
                    reader.Skip(array.Items);
                }

                break;
            case AvroMapSchema map:
                for (int count = reader.SkipBlock(map.MinimumEntrySize); count > 0; count = count > 1 ? count - 1 : reader.SkipBlock(map.MinimumEntrySize))
                {
                    reader.ReadBytes();
                    reader.Skip(map.Values);
                }

                break;
            default:
                SkipPrimitive(ref reader, schema.Kind);
                break;
        }
    }

    private static void SkipPrimitive(ref AvroReader reader, AvroKind kind)
    {
        switch (kind)
        {
            case AvroKind.Boolean:
                reader.ReadBoolean();
                break;
            case AvroKind.Int:
                reader.ReadInt32();
                break;
            case AvroKind.Long:
                reader.ReadInt64();
                break;
            case AvroKind.Float:
                reader.ReadFixed(sizeof(float));
                break;
            case AvroKind.Double:
                reader.ReadFixed(sizeof(double));
                break;
            case AvroKind.Bytes or AvroKind.String:
                reader.ReadBytes();
                break;
        }
    }
}
