namespace IoTStream.Avro;

/// <summary>Which fields of a writer's record are read as which of a reader's.</summary>
internal static class FieldMatch
{
    /// <summary>The place of the written field for each field of the reader's record, by its name or else by one of its aliases; -1 for none.</summary>
    public static int[] SourcesOf(AvroRecordSchema reader, AvroRecordSchema writer)
    {
        int[] sources = [.. reader.Fields.Select(field => writer.PlaceOf(field.Name))];
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] >= 0)
            {
                continue;
            }

            foreach (string alias in reader.Fields[i].Aliases)
            {
                int place = writer.PlaceOf(alias);

                // A written field of that name may be a field of the reader's own.
                if (place >= 0 && !sources.Contains(place))
                {
                    sources[i] = place;
                    break;
                }
            }
        }

        return sources;
    }

    public static string Missing(AvroField field, AvroRecordSchema writer) =>
        $"the field '{field.Name}' was not written ({writer.FullName} has {Names(writer)}), and it has no default";

    private static string Names(AvroRecordSchema writer) => writer.Fields.Count == 0 ? "no fields" : string.Join(", ", writer.Fields.Select(field => field.Name));
}
