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
        // Writers are reused a thread: a fresh one a record would be most of the allocation of a JSON sink. A writer's options, not the
        // serializer's, decide about escaping and indentation, so a writer serves only the options that it was made for.
        [ThreadStatic]
        private static Utf8JsonWriter? _writer;

        [ThreadStatic]
        private static JsonSerializerOptions? _writerOptions;

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
            Utf8JsonWriter writer = _writer is { } kept && ReferenceEquals(_writerOptions, typeInfo.Options) ? kept : CreateWriter();
            writer.Reset(output);
            JsonSerializer.Serialize(writer, value, typeInfo);
            writer.Flush();
            writer.Reset(Stream.Null);
        }

        private Utf8JsonWriter CreateWriter()
        {
            JsonSerializerOptions options = typeInfo.Options;
            _writerOptions = options;
            return _writer = new Utf8JsonWriter(Stream.Null, new JsonWriterOptions
            {
                Encoder = options.Encoder,
                Indented = options.WriteIndented,
                IndentCharacter = options.IndentCharacter,
                IndentSize = options.IndentSize,
                MaxDepth = options.MaxDepth,
                NewLine = options.NewLine,
                SkipValidation = true,
            });
        }
    }
}
