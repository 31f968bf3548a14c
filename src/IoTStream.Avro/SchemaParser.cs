using System.Text.Json;

namespace IoTStream.Avro;

/// <summary>Reads schemas in JSON.</summary>
internal sealed class SchemaParser
{
    private readonly Dictionary<string, AvroNamedSchema> _named = new(StringComparer.Ordinal);
    private readonly List<(AvroRecordSchema Record, AvroField Field)> _defaults = [];

    public static AvroSchema Parse(string json, IEnumerable<AvroSchema> references)
    {
        var parser = new SchemaParser();
        foreach (AvroSchema reference in references)
        {
            parser.Include(reference);
        }

        AvroSchema schema;
        if (AvroPrimitiveSchema.KindOf(json.Trim()) is { } kind)
        {
            schema = new AvroPrimitiveSchema(kind);
        }
        else
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                schema = parser.Read(document.RootElement, "");
            }
            catch (JsonException notJson)
            {
                throw new AvroSchemaException($"The schema is no JSON: {notJson.Message}", notJson);
            }
        }

        // Only now are all records complete that a default can be a value of.
        foreach ((AvroRecordSchema record, AvroField field) in parser._defaults)
        {
            try
            {
                DefaultValue.Encode(field);
            }
            catch (AvroException wrong)
            {
                throw new AvroSchemaException($"The default of {record.FullName}.{field.Name} is no value of {field.Schema}: {wrong.Message}", wrong);
            }
        }

        return schema;
    }

    private void Include(AvroSchema schema)
    {
        switch (schema)
        {
            case AvroNamedSchema named when !_named.TryAdd(named.FullName, named):
                break;
            case AvroRecordSchema record:
                foreach (AvroField field in record.Fields)
                {
                    Include(field.Schema);
                }

                break;
            case AvroArraySchema array:
                Include(array.Items);
                break;
            case AvroMapSchema map:
                Include(map.Values);
                break;
            case AvroUnionSchema union:
                foreach (AvroSchema branch in union.Branches)
                {
                    Include(branch);
                }

                break;
        }
    }

    private AvroSchema Read(JsonElement element, string space)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return Named(element.GetString()!, space);
            case JsonValueKind.Array:
                return new AvroUnionSchema([.. element.EnumerateArray().Select(branch => Read(branch, space))]);
            case JsonValueKind.Object:
                return ReadObject(element, space);
            default:
                throw new AvroSchemaException($"{element.GetRawText()} is no schema: a name, an object or an array is one.");
        }
    }

    private AvroSchema Named(string name, string space)
    {
        if (AvroPrimitiveSchema.KindOf(name) is { } kind)
        {
            return new AvroPrimitiveSchema(kind);
        }

        // Without a point the name is meant in the namespace around it.
        return _named.TryGetValue(SchemaNames.Full(name, space), out AvroNamedSchema? known)
            ? known
            : throw new AvroSchemaException($"There is no schema named '{SchemaNames.Full(name, space)}': names are to be defined before they are used, in the same schema or in a reference.");
    }

    private AvroSchema ReadObject(JsonElement element, string space)
    {
        if (!element.TryGetProperty("type", out JsonElement type))
        {
            throw new AvroSchemaException($"A schema has no 'type': {Shortened(element)}");
        }

        if (type.ValueKind != JsonValueKind.String)
        {
            return Read(type, space);
        }

        string name = type.GetString()!;
        AvroSchema schema = name switch
        {
            "record" or "error" => ReadRecord(element, space, name == "error"),
            "enum" => ReadEnum(element, space),
            "fixed" => ReadFixed(element, space),
            "array" => new AvroArraySchema(Read(Required(element, "items", "array"), space)),
            "map" => new AvroMapSchema(Read(Required(element, "values", "map"), space)),
            _ => Named(name, space),
        };

        // A name refers to a schema that has its logical type or none of its own.
        if (schema is AvroPrimitiveSchema || name == "fixed")
        {
            LogicalTypes.Apply(schema, OptionalText(element, "logicalType"), OptionalNumber(element, "precision"), OptionalNumber(element, "scale"));
        }

        return schema;
    }

    private AvroRecordSchema ReadRecord(JsonElement element, string space, bool isError)
    {
        (string fullName, string inner) = ReadName(element, space, "record");
        var record = new AvroRecordSchema(fullName, ReadAliases(element, inner), OptionalText(element, "doc"), isError);
        Define(record);
        JsonElement fields = Required(element, "fields", fullName);
        if (fields.ValueKind != JsonValueKind.Array)
        {
            throw new AvroSchemaException($"The fields of record {fullName} are no array.");
        }

        List<AvroField> found = [];
        foreach (JsonElement field in fields.EnumerateArray())
        {
            if (field.ValueKind != JsonValueKind.Object)
            {
                throw new AvroSchemaException($"A field of record {fullName} is no object: {Shortened(field)}");
            }

            string name = OptionalText(field, "name") ?? throw new AvroSchemaException($"A field of record {fullName} has no name: {Shortened(field)}");
            SchemaNames.Check(name, $"a field of {fullName}");
            found.Add(new AvroField(
                name,
                Read(Required(field, "type", $"{fullName}.{name}"), inner),
                field.TryGetProperty("default", out JsonElement value) ? value.Clone() : null,
                Texts(field, "aliases"),
                OptionalText(field, "doc"),
                OptionalText(field, "order")));
            if (found[^1].HasDefault)
            {
                _defaults.Add((record, found[^1]));
            }
        }

        record.SetFields(found);
        return record;
    }

    private AvroEnumSchema ReadEnum(JsonElement element, string space)
    {
        (string fullName, string inner) = ReadName(element, space, "enum");
        Required(element, "symbols", fullName);
        var schema = new AvroEnumSchema(fullName, ReadAliases(element, inner), OptionalText(element, "doc"), Texts(element, "symbols"), OptionalText(element, "default"));
        Define(schema);
        return schema;
    }

    private AvroFixedSchema ReadFixed(JsonElement element, string space)
    {
        (string fullName, string inner) = ReadName(element, space, "fixed");
        int size = OptionalNumber(element, "size") ?? throw new AvroSchemaException($"Fixed {fullName} has no size.");
        var schema = new AvroFixedSchema(fullName, ReadAliases(element, inner), OptionalText(element, "doc"), size);
        Define(schema);
        return schema;
    }

    private void Define(AvroNamedSchema schema)
    {
        if (!_named.TryAdd(schema.FullName, schema))
        {
            throw new AvroSchemaException($"The name '{schema.FullName}' is defined twice.");
        }
    }

    private static (string FullName, string Namespace) ReadName(JsonElement element, string space, string what)
    {
        string name = OptionalText(element, "name") ?? throw new AvroSchemaException($"A schema of type {what} has no name: {Shortened(element)}");
        string fullName = SchemaNames.Full(name, OptionalText(element, "namespace") ?? space);
        SchemaNames.CheckFull(fullName, $"a schema of type {what}");
        if (AvroPrimitiveSchema.KindOf(fullName) is not null)
        {
            throw new AvroSchemaException($"'{fullName}' is the name of a primitive type, so no {what} can have it.");
        }

        return (fullName, fullName[..Math.Max(fullName.LastIndexOf('.'), 0)]);
    }

    private static List<string> ReadAliases(JsonElement element, string space)
    {
        List<string> aliases = Texts(element, "aliases");
        for (int i = 0; i < aliases.Count; i++)
        {
            aliases[i] = SchemaNames.Full(aliases[i], space);
        }

        return aliases;
    }

    private static JsonElement Required(JsonElement element, string property, string where) =>
        element.TryGetProperty(property, out JsonElement found) ? found : throw new AvroSchemaException($"There are no '{property}' in {where}: {Shortened(element)}");

    private static string? OptionalText(JsonElement element, string property) =>
        element.TryGetProperty(property, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private static int? OptionalNumber(JsonElement element, string property) =>
        element.TryGetProperty(property, out JsonElement found) && found.ValueKind == JsonValueKind.Number && found.TryGetInt32(out int value) ? value : null;

    private static List<string> Texts(JsonElement element, string property)
    {
        if (!element.TryGetProperty(property, out JsonElement found))
        {
            return [];
        }

        return found.ValueKind == JsonValueKind.Array && found.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. found.EnumerateArray().Select(item => item.GetString()!)]
            : throw new AvroSchemaException($"'{property}' are to be an array of texts: {Shortened(element)}");
    }

    private static string Shortened(JsonElement element) => element.GetRawText() is { Length: > 200 } text ? text[..200] + " …" : element.GetRawText();
}
