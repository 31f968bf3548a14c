namespace IoTStream.Avro;

/// <summary>A schema of which each value has one of some schemas.</summary>
public sealed class AvroUnionSchema : AvroSchema
{
    internal AvroUnionSchema(IReadOnlyList<AvroSchema> branches)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (AvroSchema branch in branches)
        {
            if (branch is AvroUnionSchema)
            {
                throw new AvroSchemaException("A union is directly within a union.");
            }

            if (!names.Add(branch is AvroNamedSchema named ? named.FullName : branch.Kind.ToString()))
            {
                throw new AvroSchemaException($"A union has {branch} twice, so that nobody could tell the two apart.");
            }
        }

        Branches = branches;
    }

    /// <inheritdoc/>
    public override AvroKind Kind => AvroKind.Union;

    /// <summary>The schemas.</summary>
    public IReadOnlyList<AvroSchema> Branches { get; }

    /// <inheritdoc/>
    public override string ToString() => $"union of {string.Join(", ", Branches)}";
}
