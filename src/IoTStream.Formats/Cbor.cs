using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IoTStream.Connectors;

namespace IoTStream.Formats;

/// <summary>CBOR codecs (RFC 8949).</summary>
public static class Cbor
{
    /// <summary>A codec of two functions, which allocates nothing of its own.</summary>
    /// <param name="read">Reads a value; what follows it in the payload is an error.</param>
    /// <param name="write">Writes a value, which is one item.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <exception cref="ArgumentNullException">A function is null.</exception>
    public static ICodec<T> Of<T>(CborRead<T> read, CborWrite<T> write)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(write);
        return new FunctionCodec<T>(read, write);
    }

    /// <summary>A codec for what System.Text.Json knows how to read and write, from source-generated metadata: names, converters and attributes hold for CBOR as for JSON.</summary>
    /// <remarks>
    /// Values go through JSON on their way, as RFC 8949 describes in section 6. Reading: byte strings become Base64, times with tag 1 become texts, decimal fractions and large integers
    /// numbers, integers that are keys names like "1", NaN and infinities texts (see <c>JsonNumberHandling.AllowNamedFloatingPointLiterals</c>); other tags are passed over. Writing: a
    /// byte array becomes Base64 text.
    /// </remarks>
    /// <param name="typeInfo">The metadata, a property of a <c>JsonSerializerContext</c>.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="typeInfo"/> is null.</exception>
    public static ICodec<T> Of<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return new JsonMappedCodec<T>(Json.Of(typeInfo));
    }

    /// <summary>As <see cref="Of{T}(JsonTypeInfo{T})"/>, finding out about <typeparamref name="T"/> by reflection.</summary>
    /// <param name="options">The options; by default <see cref="JsonSerializerOptions.Web"/>: camel case, names compared without case.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    [RequiresUnreferencedCode("Use Cbor.Of(JsonTypeInfo<T>) with source-generated metadata when trimming.")]
    [RequiresDynamicCode("Use Cbor.Of(JsonTypeInfo<T>) with source-generated metadata when compiling ahead of time.")]
    public static ICodec<T> Of<T>(JsonSerializerOptions? options = null) => new JsonMappedCodec<T>(Json.Of<T>(options));

    private sealed class FunctionCodec<T>(CborRead<T> read, CborWrite<T> write) : ICodec<T>
    {
        public T Decode(in ReadOnlySequence<byte> payload)
        {
            if (payload.IsSingleSegment)
            {
                return Decode(payload.FirstSpan);
            }

            byte[] whole = ArrayPool<byte>.Shared.Rent(checked((int)payload.Length));
            try
            {
                payload.CopyTo(whole);
                return Decode(whole.AsSpan(0, (int)payload.Length));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(whole);
            }
        }

        public void Encode(T value, IBufferWriter<byte> output) => write(new CborWriter(output), value);

        private T Decode(ReadOnlySpan<byte> payload)
        {
            var reader = new CborReader(payload);
            T value = read(ref reader);
            return reader.IsAtEnd ? value : throw reader.Malformed("the payload goes on after the end of the value");
        }
    }

    private sealed class JsonMappedCodec<T>(ICodec<T> json) : ICodec<T>
    {
        // Kept a thread: what is between the two forms is of no use afterwards.
        [ThreadStatic]
        private static ArrayBufferWriter<byte>? _between;

        public T Decode(in ReadOnlySequence<byte> payload)
        {
            ArrayBufferWriter<byte> between = Empty();
            CborToJson.Convert(payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray(), between);
            return json.Decode(new ReadOnlySequence<byte>(between.WrittenMemory));
        }

        public void Encode(T value, IBufferWriter<byte> output)
        {
            ArrayBufferWriter<byte> between = Empty();
            json.Encode(value, between);
            JsonToCbor.Convert(between.WrittenSpan, output);
        }

        private static ArrayBufferWriter<byte> Empty()
        {
            ArrayBufferWriter<byte> between = _between ??= new ArrayBufferWriter<byte>();
            between.ResetWrittenCount();
            return between;
        }
    }
}
