using System.Buffers;
using System.Text.Json;

namespace IoTStream.Formats;

/// <summary>Writes JSON as CBOR (RFC 8949, section 6.2): numbers without fraction and exponent become integers, others floating-point numbers.</summary>
internal static class JsonToCbor
{
    /// <param name="json">One value, well-formed.</param>
    /// <param name="cbor">Where its bytes are appended.</param>
    public static void Convert(ReadOnlySpan<byte> json, IBufferWriter<byte> cbor)
    {
        var reader = new Utf8JsonReader(json);
        var writer = new CborWriter(cbor);
        Span<byte> unescaped = stackalloc byte[256];
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteMap(Count(reader, JsonTokenType.PropertyName));
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteArray(Count(reader, each: null));
                    break;
                case JsonTokenType.PropertyName:
                case JsonTokenType.String:
                    WriteText(in reader, writer, unescaped);
                    break;
                case JsonTokenType.Number:
                    WriteNumber(in reader, writer);
                    break;
                case JsonTokenType.True:
                case JsonTokenType.False:
                    writer.WriteBoolean(reader.GetBoolean());
                    break;
                case JsonTokenType.Null:
                    writer.WriteNull();
                    break;
            }
        }
    }

    /// <summary>How many values, or names, there are before the end of what the reader has just entered.</summary>
    private static int Count(Utf8JsonReader ahead, JsonTokenType? each)
    {
        int depth = ahead.CurrentDepth;
        int count = 0;
        while (ahead.Read() && ahead.CurrentDepth > depth)
        {
            if (each is null || ahead.TokenType == each)
            {
                count++;
            }

            ahead.TrySkip();
        }

        return count;
    }

    private static void WriteText(in Utf8JsonReader reader, CborWriter writer, Span<byte> scratch)
    {
        if (!reader.ValueIsEscaped)
        {
            writer.WriteUtf8(reader.ValueSpan);
            return;
        }

        byte[]? rented = reader.ValueSpan.Length > scratch.Length ? ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length) : null;
        Span<byte> unescaped = rented ?? scratch;
        writer.WriteUtf8(unescaped[..reader.CopyString(unescaped)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void WriteNumber(in Utf8JsonReader reader, CborWriter writer)
    {
        if (reader.TryGetInt64(out long integer))
        {
            writer.WriteInt64(integer);
        }
        else if (reader.TryGetUInt64(out ulong large))
        {
            writer.WriteUInt64(large);
        }
        else
        {
            writer.WriteDouble(reader.GetDouble());
        }
    }
}
