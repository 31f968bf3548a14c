using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IoTStream.Formats;

/// <summary>Writes CBOR as JSON (RFC 8949, section 6.1), so that System.Text.Json can make objects of it.</summary>
internal static class CborToJson
{
    private const ulong TimeTag = 1;
    private const ulong BigTag = 2;
    private const ulong NegativeBigTag = 3;
    private const ulong DecimalTag = 4;
    private const int LargestBig = 128;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <exception cref="CborException">The bytes are not one item.</exception>
    public static void Convert(ReadOnlySpan<byte> cbor, IBufferWriter<byte> json)
    {
        using var writer = new Utf8JsonWriter(json, Options);
        var reader = new CborReader(cbor);
        Convert(ref reader, writer, CborReader.MaxDepth);
        if (!reader.IsAtEnd)
        {
            throw reader.Malformed("the payload goes on after the end of the value");
        }
    }

    private static void Convert(ref CborReader reader, Utf8JsonWriter writer, int depth)
    {
        if (depth == 0)
        {
            throw reader.Malformed($"items are nested more than {CborReader.MaxDepth} deep");
        }

        switch (reader.Kind)
        {
            case CborKind.UnsignedInteger:
            case CborKind.NegativeInteger:
                writer.WriteNumberValue(reader.ReadInteger());
                break;
            case CborKind.Float:
                Write(reader.ReadDouble(), writer);
                break;
            case CborKind.Bytes:
                writer.WriteBase64StringValue(reader.ReadBytes());
                break;
            case CborKind.Text:
                writer.WriteStringValue(reader.ReadUtf8());
                break;
            case CborKind.Array:
                writer.WriteStartArray();
                for (CborItems items = reader.ReadArray(); items.Next(ref reader);)
                {
                    Convert(ref reader, writer, depth - 1);
                }

                writer.WriteEndArray();
                break;
            case CborKind.Map:
                ConvertMap(ref reader, writer, depth);
                break;
            case CborKind.Tag:
                ConvertTagged(ref reader, writer, depth);
                break;
            case CborKind.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case CborKind.Simple:
                writer.WriteNumberValue(reader.ReadSimple());
                break;
            default:
                reader.Skip();
                writer.WriteNullValue();
                break;
        }
    }

    private static void ConvertMap(ref CborReader reader, Utf8JsonWriter writer, int depth)
    {
        writer.WriteStartObject();
        for (CborItems items = reader.ReadMap(); items.Next(ref reader);)
        {
            switch (reader.Kind)
            {
                case CborKind.Text:
                    writer.WritePropertyName(reader.ReadUtf8());
                    break;
                case CborKind.UnsignedInteger:
                case CborKind.NegativeInteger:
                    writer.WritePropertyName(reader.ReadInteger().ToString(CultureInfo.InvariantCulture));
                    break;
                default:
                    throw reader.Malformed($"a key of kind {reader.Kind} is no name of a property");
            }

            Convert(ref reader, writer, depth - 1);
        }

        writer.WriteEndObject();
    }

    private static void ConvertTagged(ref CborReader reader, Utf8JsonWriter writer, int depth)
    {
        CborReader beforeTag = reader;
        switch (reader.ReadTag())
        {
            case TimeTag:
                reader = beforeTag;
                writer.WriteStringValue(reader.ReadTime());
                break;
            case BigTag:
                writer.WriteRawValue(Big(ref reader).ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
                break;
            case NegativeBigTag:
                writer.WriteRawValue((-1 - Big(ref reader)).ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
                break;
            case DecimalTag:
                writer.WriteRawValue(DecimalFraction(ref reader), skipInputValidation: true);
                break;
            default:
                Convert(ref reader, writer, depth - 1);
                break;
        }
    }

    private static string DecimalFraction(ref CborReader reader)
    {
        CborItems items = reader.ReadArray();
        if (items.Count is not (2 or null))
        {
            throw reader.Malformed("a decimal fraction does not have two parts");
        }

        bool hasExponent = items.Next(ref reader);
        long exponent = hasExponent ? reader.ReadInt64() : 0;
        bool hasMantissa = items.Next(ref reader);
        string mantissa = !hasMantissa ? "" : reader.Kind == CborKind.Tag
            ? (reader.ReadTag() switch
            {
                BigTag => Big(ref reader),
                NegativeBigTag => -1 - Big(ref reader),
                _ => throw reader.Malformed("the digits of a decimal fraction are no number"),
            }).ToString(CultureInfo.InvariantCulture)
            : reader.ReadInteger().ToString(CultureInfo.InvariantCulture);
        return hasMantissa && !items.Next(ref reader)
            ? string.Create(CultureInfo.InvariantCulture, $"{mantissa}E{exponent}")
            : throw reader.Malformed("a decimal fraction does not have two parts");
    }

    private static BigInteger Big(ref CborReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytes();
        return bytes.Length <= LargestBig
            ? new BigInteger(bytes, isUnsigned: true, isBigEndian: true)
            : throw reader.Malformed($"an integer has {bytes.Length} bytes, more than {LargestBig}");
    }

    private static void Write(double value, Utf8JsonWriter writer)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }
}
