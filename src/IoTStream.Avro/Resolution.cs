namespace IoTStream.Avro;

/// <summary>The making of readers for a writer's schema: readers of records that contain themselves are made once, and messages say where they belong.</summary>
internal sealed class Resolution
{
    private readonly Dictionary<(object Type, AvroSchema Writer), object> _records = [];
    private readonly List<string> _path = [];

    public bool TryGet(object type, AvroSchema writer, out object? reader) => _records.TryGetValue((type, writer), out reader);

    public void Add(object type, AvroSchema writer, object reader) => _records.Add((type, writer), reader);

    public void Enter(string name) => _path.Add(name);

    public void Leave() => _path.RemoveAt(_path.Count - 1);

    public AvroSchemaException Refusal(string reason) => new(_path.Count == 0 ? $"{reason}." : $"{string.Join('.', _path)}: {reason}.");

    public AvroSchemaException Refusal(AvroSchema writer, AvroSchema reader) => Refusal(SchemaMatch.Mismatch(writer, reader));
}
