using System.Text;

namespace IoTStream.Avro;

/// <summary>Writes the Parsing Canonical Form: full names, only the attributes that matter for reading, in their order, without spaces.</summary>
internal static class CanonicalFormWriter
{
    public static string Write(AvroSchema schema)
    {
        var text = new StringBuilder();
        Append(schema, text, new HashSet<string>(StringComparer.Ordinal));
        return text.ToString();
    }

    // Names and symbols are made of letters, digits and underscores, so nothing has to be escaped.
    private static void Append(AvroSchema schema, StringBuilder text, HashSet<string> written)
    {
        if (schema is AvroNamedSchema named && !written.Add(named.FullName))
        {
            text.Append('"').Append(named.FullName).Append('"');
            return;
        }

        switch (schema)
        {
            case AvroRecordSchema record:
                text.Append($"{{\"name\":\"{record.FullName}\",\"type\":\"{(record.IsError ? "error" : "record")}\",\"fields\":[");
                for (int i = 0; i < record.Fields.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",").Append($"{{\"name\":\"{record.Fields[i].Name}\",\"type\":");
                    Append(record.Fields[i].Schema, text, written);
                    text.Append('}');
                }

                text.Append("]}");
                break;
            case AvroEnumSchema symbols:
                text.Append($"{{\"name\":\"{symbols.FullName}\",\"type\":\"enum\",\"symbols\":[").AppendJoin(',', symbols.Symbols.Select(symbol => $"\"{symbol}\"")).Append("]}");
                break;
            case AvroFixedSchema bytes:
                text.Append($"{{\"name\":\"{bytes.FullName}\",\"type\":\"fixed\",\"size\":{bytes.Size}}}");
                break;
            case AvroArraySchema array:
                text.Append("{\"type\":\"array\",\"items\":");
                Append(array.Items, text, written);
                text.Append('}');
                break;
            case AvroMapSchema map:
                text.Append("{\"type\":\"map\",\"values\":");
                Append(map.Values, text, written);
                text.Append('}');
                break;
            case AvroUnionSchema union:
                text.Append('[');
                for (int i = 0; i < union.Branches.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Append(union.Branches[i], text, written);
                }

                text.Append(']');
                break;
            default:
                text.Append('"').Append(schema).Append('"');
                break;
        }
    }
}
