using System.Buffers;
using System.Text.Json;

namespace IoTStream.Avro;

/// <summary>Defaults: in JSON in schemas, and in bytes where they are read, by the same readers as all data.</summary>
internal static class DefaultValue
{
    private const int MaxDepth = 64;

    public static byte[] Encode(AvroField field) => Encode(field.Schema, field.Default!.Value, 0);

    /// <summary>A value of a type as a default.</summary>
    public static JsonElement ToJson<T>(AvroType<T> type, T value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new AvroWriter(bytes);
        type.Write(ref writer, value);
        writer.Flush();
        var reader = new AvroReader(bytes.WrittenSpan);
        var json = new ArrayBufferWriter<byte>();
        using (var text = new Utf8JsonWriter(json))
        {
            WriteJson(ref reader, type.Schema, text);
        }

        var parsed = new Utf8JsonReader(json.WrittenSpan);
        return JsonElement.ParseValue(ref parsed);
    }

    private static byte[] Encode(AvroSchema schema, JsonElement json, int depth)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new AvroWriter(bytes);
        Write(ref writer, schema, json, depth);
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(ref AvroWriter writer, AvroSchema schema, JsonElement json, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new AvroException($"it is nested more than {MaxDepth} deep, or has itself within itself");
        }

        switch (schema)
        {
            case AvroUnionSchema union:
                WriteUnion(ref writer, union, json, depth);
                break;
            case AvroRecordSchema record:
                Expect(json, schema, JsonValueKind.Object);
                foreach (AvroField field in record.Fields)
                {
                    JsonElement part = json.TryGetProperty(field.Name, out JsonElement found) ? found : field.Default ?? throw new AvroException($"the field '{field.Name}' is missing");
                    Write(ref writer, field.Schema, part, depth + 1);
                }

                break;
            case AvroArraySchema array:
                Expect(json, schema, JsonValueKind.Array);
                foreach (JsonElement item in json.EnumerateArray())
                {
                    writer.WriteInt64(1);
                    Write(ref writer, array.Items, item, depth + 1);
                }

                writer.WriteInt64(0);
                break;
            case AvroMapSchema map:
                Expect(json, schema, JsonValueKind.Object);
                foreach (JsonProperty entry in json.EnumerateObject())
                {
                    writer.WriteInt64(1);
                    writer.WriteText(entry.Name);
                    Write(ref writer, map.Values, entry.Value, depth + 1);
                }

                writer.WriteInt64(0);
                break;
            case AvroEnumSchema symbols:
                Expect(json, schema, JsonValueKind.String);
                writer.WriteInt64(symbols.PlaceOf(json.GetString()!) is >= 0 and var place ? place : throw Wrong(json, schema));
                break;
            case AvroFixedSchema bytes:
                byte[] value = Bytes(json, schema);
                writer.WriteFixed(value.Length == bytes.Size ? value : throw Wrong(json, schema));
                break;
            default:
                WritePrimitive(ref writer, schema, json);
                break;
        }
    }

    private static void WritePrimitive(ref AvroWriter writer, AvroSchema schema, JsonElement json)
    {
        switch (schema.Kind)
        {
            case AvroKind.Null:
                Expect(json, schema, JsonValueKind.Null);
                break;
            case AvroKind.Boolean:
                writer.WriteBoolean(json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : throw Wrong(json, schema));
                break;
            case AvroKind.Int:
                writer.WriteInt64(json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out int small) ? small : throw Wrong(json, schema));
                break;
            case AvroKind.Long:
                writer.WriteInt64(json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out long large) ? large : throw Wrong(json, schema));
                break;
            case AvroKind.Float:
                writer.WriteSingle((float)Number(json, schema));
                break;
            case AvroKind.Double:
                writer.WriteDouble(Number(json, schema));
                break;
            case AvroKind.Bytes:
                writer.WriteBytes(Bytes(json, schema));
                break;
            default:
                Expect(json, schema, JsonValueKind.String);
                writer.WriteText(json.GetString());
                break;
        }
    }

    // Since 1.12 a default may be of any branch; before, it was of the first.
    private static void WriteUnion(ref AvroWriter writer, AvroUnionSchema union, JsonElement json, int depth)
    {
        for (int i = 0; i < union.Branches.Count; i++)
        {
            byte[] encoded;
            try
            {
                encoded = Encode(union.Branches[i], json, depth + 1);
            }
            catch (AvroException)
            {
                continue;
            }

            writer.WriteInt64(i);
            writer.WriteFixed(encoded);
            return;
        }

        throw Wrong(json, union);
    }

    private static double Number(JsonElement json, AvroSchema schema) => json.ValueKind switch
    {
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.String => json.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => throw Wrong(json, schema),
        },
        _ => throw Wrong(json, schema),
    };

    // Each character stands for a byte.
    private static byte[] Bytes(JsonElement json, AvroSchema schema)
    {
        Expect(json, schema, JsonValueKind.String);
        string text = json.GetString()!;
        return text.All(character => character <= byte.MaxValue) ? [.. text.Select(character => (byte)character)] : throw Wrong(json, schema);
    }

    private static void Expect(JsonElement json, AvroSchema schema, JsonValueKind kind)
    {
        if (json.ValueKind != kind)
        {
            throw Wrong(json, schema);
        }
    }

    private static AvroException Wrong(JsonElement json, AvroSchema schema) => new($"{json.GetRawText()} is no {schema}");

    private static void WriteJson(ref AvroReader reader, AvroSchema schema, Utf8JsonWriter json)
    {
        switch (schema)
        {
            case AvroUnionSchema union:
                int branch = reader.ReadPlace(union.Branches.Count, "branch");
                if (branch != 0)
                {
                    throw new AvroException($"it is a value of {union.Branches[branch]}, and defaults of the {union} are values of its first branch");
                }

                WriteJson(ref reader, union.Branches[0], json);
                break;
            case AvroRecordSchema record:
                json.WriteStartObject();
                foreach (AvroField field in record.Fields)
                {
                    json.WritePropertyName(field.Name);
                    WriteJson(ref reader, field.Schema, json);
                }

                json.WriteEndObject();
                break;
            case AvroArraySchema array:
                json.WriteStartArray();
                for (int count = reader.ReadBlock(array.MinimumItemSize); count > 0; count = count > 1 ? count - 1 : reader.ReadBlock(array.MinimumItemSize))
                {
                    WriteJson(ref reader, array.Items, json);
                }

                json.WriteEndArray();
                break;
            case AvroMapSchema map:
                json.WriteStartObject();
                for (int count = reader.ReadBlock(map.MinimumEntrySize); count > 0; count = count > 1 ? count - 1 : reader.ReadBlock(map.MinimumEntrySize))
                {
                    json.WritePropertyName(reader.ReadText());
                    WriteJson(ref reader, map.Values, json);
                }

                json.WriteEndObject();
                break;
            case AvroEnumSchema symbols:
                json.WriteStringValue(symbols.Symbols[reader.ReadPlace(symbols.Symbols.Count, "symbol")]);
                break;
            case AvroFixedSchema bytes:
                json.WriteStringValue(Characters(reader.ReadFixed(bytes.Size)));
                break;
            default:
                WriteJsonPrimitive(ref reader, schema.Kind, json);
                break;
        }
    }

    private static void WriteJsonPrimitive(ref AvroReader reader, AvroKind kind, Utf8JsonWriter json)
    {
        switch (kind)
        {
            case AvroKind.Null:
                json.WriteNullValue();
                break;
            case AvroKind.Boolean:
                json.WriteBooleanValue(reader.ReadBoolean());
                break;
            case AvroKind.Int or AvroKind.Long:
                json.WriteNumberValue(reader.ReadInt64());
                break;
            case AvroKind.Float:
                WriteJsonNumber(reader.ReadSingle(), json);
                break;
            case AvroKind.Double:
                WriteJsonNumber(reader.ReadDouble(), json);
                break;
            case AvroKind.Bytes:
                json.WriteStringValue(Characters(reader.ReadBytes()));
                break;
            default:
                json.WriteStringValue(reader.ReadText());
                break;
        }
    }

    private static void WriteJsonNumber(double value, Utf8JsonWriter json)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
    }

    private static string Characters(ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            text.Append((char)value);
        }

        return text.ToString();
    }
}
