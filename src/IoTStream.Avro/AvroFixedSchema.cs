namespace IoTStream.Avro;

/// <summary>A schema of so many bytes.</summary>
public sealed class AvroFixedSchema : AvroNamedSchema
{
    internal AvroFixedSchema(string fullName, IReadOnlyList<string> aliases, string? doc, int size)
        : base(fullName, aliases, doc) =>
        Size = size >= 0 ? size : throw new AvroSchemaException($"The size of fixed {fullName} is negative.");

    /// <inheritdoc/>
    public override AvroKind Kind => AvroKind.Fixed;

    /// <summary>How many bytes.</summary>
    public int Size { get; }
}
