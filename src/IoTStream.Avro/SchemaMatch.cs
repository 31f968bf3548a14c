namespace IoTStream.Avro;

/// <summary>Which schemas can be read as which, judged by themselves, without what is in them.</summary>
internal static class SchemaMatch
{
    /// <summary>Whether a value of the writer's schema may be one of the reader's; neither is a union.</summary>
    public static bool Matches(AvroSchema writer, AvroSchema reader) =>
        (writer, reader) switch
        {
            (AvroFixedSchema from, AvroFixedSchema to) => to.IsNamed(from) && from.Size == to.Size,
            (AvroNamedSchema from, AvroNamedSchema to) => from.Kind == to.Kind && to.IsNamed(from),
            _ => writer.Kind == reader.Kind || IsPromoted(writer.Kind, reader.Kind),
        }
        && LogicalTypes.Difference(writer, reader) is null;

    public static bool IsPromoted(AvroKind writer, AvroKind reader) => (writer, reader) switch
    {
        (AvroKind.Int, AvroKind.Long or AvroKind.Float or AvroKind.Double) => true,
        (AvroKind.Long, AvroKind.Float or AvroKind.Double) => true,
        (AvroKind.Float, AvroKind.Double) => true,
        (AvroKind.String, AvroKind.Bytes) or (AvroKind.Bytes, AvroKind.String) => true,
        _ => false,
    };

    /// <summary>Why <see cref="Matches"/> said no.</summary>
    public static string Mismatch(AvroSchema writer, AvroSchema reader)
    {
        if (writer.Kind != reader.Kind)
        {
            return LogicalTypes.Difference(writer, reader) ?? $"it was written as {writer}, which cannot be read as {reader}";
        }

        return (writer, reader) switch
        {
            (AvroNamedSchema from, AvroNamedSchema to) when !to.IsNamed(from) => $"it was written as {from.FullName}, which is neither the name nor an alias of {to.FullName}",
            (AvroFixedSchema from, AvroFixedSchema to) when from.Size != to.Size => $"it was written as {from.FullName} of {from.Size} bytes, and {to.FullName} has {to.Size}",
            _ => LogicalTypes.Difference(writer, reader) ?? $"it was written as {writer}, which cannot be read as {reader}",
        };
    }

    /// <summary>Which branch of the reader's union a value is read as that was written with a schema that is no union; -1 for none.</summary>
    /// <remarks>
    /// The one of the same kind, and of the same full name if it has one; else the first that matches. The specification takes the first in any case, by which a float in a union of
    /// double and float would become a double as soon as its schema is resolved to itself.
    /// </remarks>
    public static int BranchFor(AvroSchema writer, AvroUnionSchema reader)
    {
        int first = -1;
        for (int i = 0; i < reader.Branches.Count; i++)
        {
            AvroSchema branch = reader.Branches[i];
            if (!Matches(writer, branch))
            {
                continue;
            }

            if (writer.Kind == branch.Kind && (writer is not AvroNamedSchema named || string.Equals(((AvroNamedSchema)branch).FullName, named.FullName, StringComparison.Ordinal)))
            {
                return i;
            }

            first = first < 0 ? i : first;
        }

        return first;
    }
}
