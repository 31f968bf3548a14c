using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace IoTStream.Formats;

/// <summary>SenML in JSON (RFC 8428, section 5).</summary>
internal static class SenMlJson
{
    /// <exception cref="SenMlException">The payload is no pack.</exception>
    public static IReadOnlyList<SenMlRecord> Read(in ReadOnlySequence<byte> payload, SenMlResolver resolver)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartArray, "A SenML pack is an array");
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                resolver.Add(ReadFields(ref reader));
            }

            Expect(reader.TokenType == JsonTokenType.EndArray, "A SenML pack has nothing but objects");
            Expect(!reader.Read(), "The payload goes on after the end of the pack");
            return resolver.Records;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // The second is what the reader throws for text that is no UTF-8.
            throw new SenMlException($"A SenML pack is no JSON: {malformed.Message}", malformed);
        }
    }

    public static void Write(IReadOnlyList<SenMlRecord> records, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartArray();
        foreach (SenMlRecord record in records)
        {
            writer.WriteStartObject();
            writer.WriteString("n"u8, record.Name);
            writer.WriteNumber("t"u8, UnixSeconds.From(record.Time));
            WriteIfAny(writer, record);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteIfAny(Utf8JsonWriter writer, SenMlRecord record)
    {
        if (record.Unit is { } unit)
        {
            writer.WriteString("u"u8, unit);
        }

        if (record.Value is { } value)
        {
            writer.WriteNumber("v"u8, value);
        }

        if (record.Text is { } text)
        {
            writer.WriteString("vs"u8, text);
        }

        if (record.Flag is { } flag)
        {
            writer.WriteBoolean("vb"u8, flag);
        }

        if (record.Data is { } data)
        {
            writer.WriteString("vd"u8, Base64Url.EncodeToString(data.Span));
        }

        if (record.Sum is { } sum)
        {
            writer.WriteNumber("s"u8, sum);
        }

        if (record.UpdateTime is { } update)
        {
            writer.WriteNumber("ut"u8, (decimal)update.TotalSeconds);
        }
    }

    private static SenMlFields ReadFields(ref Utf8JsonReader reader)
    {
        var fields = default(SenMlFields);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string label = reader.GetString()!;
            reader.Read();
            switch (label)
            {
                case "bn":
                    fields.BaseName = Text(ref reader, label);
                    break;
                case "bt":
                    fields.BaseTime = Decimal(ref reader, label);
                    break;
                case "bu":
                    fields.BaseUnit = Text(ref reader, label);
                    break;
                case "bv":
                    fields.BaseValue = Double(ref reader, label);
                    break;
                case "bs":
                    fields.BaseSum = Double(ref reader, label);
                    break;
                case "bver":
                    fields.BaseVersion = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int version) ? version : throw Wrong(label);
                    break;
                case "n":
                    fields.Name = Text(ref reader, label);
                    break;
                case "u":
                    fields.Unit = Text(ref reader, label);
                    break;
                case "v":
                    fields.Value = Double(ref reader, label);
                    break;
                case "vs":
                    fields.Text = Text(ref reader, label);
                    break;
                case "vb":
                    fields.Flag = reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : throw Wrong(label);
                    break;
                case "vd":
                    fields.Data = Bytes(ref reader, label);
                    break;
                case "s":
                    fields.Sum = Double(ref reader, label);
                    break;
                case "t":
                    fields.Time = Decimal(ref reader, label);
                    break;
                case "ut":
                    fields.UpdateTime = Decimal(ref reader, label);
                    break;
                default:
                    SenMlResolver.PassOver(label);
                    reader.Skip();
                    break;
            }
        }

        return fields;
    }

    private static string Text(ref Utf8JsonReader reader, string label) => reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Wrong(label);

    private static double Double(ref Utf8JsonReader reader, string label) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double value) && double.IsFinite(value) ? value : throw Wrong(label);

    private static decimal Decimal(ref Utf8JsonReader reader, string label) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out decimal value) ? value : throw Wrong(label);

    private static byte[] Bytes(ref Utf8JsonReader reader, string label)
    {
        try
        {
            return Base64Url.DecodeFromChars(Text(ref reader, label));
        }
        catch (FormatException malformed)
        {
            throw new SenMlException($"The field '{label}' of a SenML record is no Base64 with the URL alphabet.", malformed);
        }
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SenMlException(otherwise + ".");
        }
    }

    private static SenMlException Wrong(string label) => new($"The field '{label}' of a SenML record is not of the type that it has to be, or beyond what can be computed with.");
}
