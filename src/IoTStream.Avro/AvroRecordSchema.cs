namespace IoTStream.Avro;

/// <summary>A schema of fields with names.</summary>
public sealed class AvroRecordSchema : AvroNamedSchema
{
    private Dictionary<string, int> _places = [];

    internal AvroRecordSchema(string fullName, IReadOnlyList<string> aliases, string? doc, bool isError = false)
        : base(fullName, aliases, doc) =>
        IsError = isError;

    /// <inheritdoc/>
    public override AvroKind Kind => AvroKind.Record;

    /// <summary>The fields, in the order in which they are written.</summary>
    public IReadOnlyList<AvroField> Fields { get; private set; } = [];

    internal bool IsError { get; }

    /// <summary>The place of a field among the others, -1 if there is none of that name.</summary>
    /// <param name="name">The name of the field.</param>
    public int PlaceOf(string name) => _places.GetValueOrDefault(name, -1);

    // A record may contain itself, so it is there before its fields are.
    internal void SetFields(IReadOnlyList<AvroField> fields)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < fields.Count; i++)
        {
            if (!places.TryAdd(fields[i].Name, i))
            {
                throw new AvroSchemaException($"Record {FullName} has two fields named '{fields[i].Name}'.");
            }
        }

        _places = places;
        Fields = fields;
    }
}
