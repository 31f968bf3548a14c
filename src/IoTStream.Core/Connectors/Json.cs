using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IoTStream.Connectors;

/// <summary>JSON codecs over System.Text.Json.</summary>
public static class Json
{
    /// <summary>A codec from source-generated metadata: nothing is found out by reflection, so it works trimmed and ahead-of-time compiled.</summary>
    /// <param name="typeInfo">The metadata, a property of a <c>JsonSerializerContext</c>.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    public static ICodec<T> Of<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return new JsonCodec<T>(typeInfo);
    }

    /// <summary>A codec that finds out about <typeparamref name="T"/> by reflection.</summary>
    /// <param name="options">The options; by default <see cref="JsonSerializerOptions.Web"/>: camel case, names compared without case.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    [RequiresUnreferencedCode("Use Json.Of(JsonTypeInfo<T>) with source-generated metadata when trimming.")]
    [RequiresDynamicCode("Use Json.Of(JsonTypeInfo<T>) with source-generated metadata when compiling ahead of time.")]
    public static ICodec<T> Of<T>(JsonSerializerOptions? options = null) =>
        new JsonCodec<T>((JsonTypeInfo<T>)(options ?? JsonSerializerOptions.Web).GetTypeInfo(typeof(T)));

    private sealed class JsonCodec<T>(JsonTypeInfo<T> typeInfo) : ICodec<T>
    {
        // Writers are reused a thread: a fresh one a record would be most of the allocation of a JSON sink.
        [ThreadStatic]
        private static Utf8JsonWriter? _writer;

        public T Decode(in ReadOnlySequence<byte> payload)
        {
            Utf8JsonReader reader = payload.IsSingleSegment ? new(payload.FirstSpan) : new(payload);
            T? value = JsonSerializer.Deserialize(ref reader, typeInfo);
            if (value is null)
            {
                throw new JsonException("The payload is the JSON value null, which is no record.");
            }

            if (reader.Read())
            {
                throw new JsonException($"The payload goes on after the end of the value, at byte {reader.BytesConsumed}.");
            }

            return value;
        }

        public void Encode(T value, IBufferWriter<byte> output)
        {
            Utf8JsonWriter writer = _writer ??= new Utf8JsonWriter(Stream.Null);
            writer.Reset(output);
            JsonSerializer.Serialize(writer, value, typeInfo);
            writer.Flush();
            writer.Reset(Stream.Null);
        }
    }
}
