using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IoTStream.Avro;

/// <summary>Writes schemas in JSON, with all that this library knows of them.</summary>
internal static class SchemaWriter
{
    public static string Write(AvroSchema schema)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000 }))
        {
            Write(schema, writer, "", new HashSet<string>(StringComparer.Ordinal));
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(AvroSchema schema, Utf8JsonWriter writer, string space, HashSet<string> written)
    {
        if (schema is AvroNamedSchema named && !written.Add(named.FullName))
        {
            // A name without a point would be looked for in the namespace around it.
            writer.WriteStringValue(named.Namespace.Length == 0 && space.Length > 0 ? $".{named.FullName}" : named.FullName);
            return;
        }

        if (schema is AvroPrimitiveSchema && schema.LogicalType == AvroLogicalType.None)
        {
            writer.WriteStringValue(schema.ToString());
            return;
        }

        if (schema is AvroUnionSchema union)
        {
            writer.WriteStartArray();
            foreach (AvroSchema branch in union.Branches)
            {
                Write(branch, writer, space, written);
            }

            writer.WriteEndArray();
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("type", schema is AvroRecordSchema { IsError: true } ? "error" : schema.Kind.ToString().ToLowerInvariant());
        if (schema is AvroNamedSchema definition)
        {
            WriteName(definition, writer, space);
            space = definition.Namespace;
        }

        switch (schema)
        {
            case AvroRecordSchema record:
                writer.WriteStartArray("fields");
                foreach (AvroField field in record.Fields)
                {
                    Write(field, writer, space, written);
                }

                writer.WriteEndArray();
                break;
            case AvroEnumSchema symbols:
                WriteTexts(writer, "symbols", symbols.Symbols);
                WriteOptional(writer, "default", symbols.Default);
                break;
            case AvroFixedSchema bytes:
                writer.WriteNumber("size", bytes.Size);
                break;
            case AvroArraySchema array:
                writer.WritePropertyName("items");
                Write(array.Items, writer, space, written);
                break;
            case AvroMapSchema map:
                writer.WritePropertyName("values");
                Write(map.Values, writer, space, written);
                break;
        }

        if (schema.LogicalType != AvroLogicalType.None)
        {
            writer.WriteString("logicalType", LogicalTypes.NameOf(schema.LogicalType));
        }

        if (schema.LogicalType == AvroLogicalType.Decimal)
        {
            writer.WriteNumber("precision", schema.Precision);
            writer.WriteNumber("scale", schema.Scale);
        }

        writer.WriteEndObject();
    }

    private static void WriteName(AvroNamedSchema schema, Utf8JsonWriter writer, string space)
    {
        writer.WriteString("name", schema.Name);
        if (!string.Equals(schema.Namespace, space, StringComparison.Ordinal))
        {
            writer.WriteString("namespace", schema.Namespace);
        }

        WriteOptional(writer, "doc", schema.Doc);
        if (schema.Aliases.Count > 0)
        {
            WriteTexts(writer, "aliases", schema.Aliases.Select(alias => alias.Contains('.', StringComparison.Ordinal) ? alias : $".{alias}"));
        }
    }

    private static void Write(AvroField field, Utf8JsonWriter writer, string space, HashSet<string> written)
    {
        writer.WriteStartObject();
        writer.WriteString("name", field.Name);
        writer.WritePropertyName("type");
        Write(field.Schema, writer, space, written);
        if (field.Default is { } value)
        {
            writer.WritePropertyName("default");
            value.WriteTo(writer);
        }

        WriteOptional(writer, "doc", field.Doc);
        WriteOptional(writer, "order", field.Order);
        if (field.Aliases.Count > 0)
        {
            WriteTexts(writer, "aliases", field.Aliases);
        }

        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }
}
