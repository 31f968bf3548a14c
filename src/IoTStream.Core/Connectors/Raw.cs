using System.Buffers;
using System.Text;

namespace IoTStream.Connectors;

/// <summary>Codecs that take payloads as they are.</summary>
public static class Raw
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes, copied once so that they may be kept.</summary>
    public static ICodec<ReadOnlyMemory<byte>> Bytes { get; } = new BytesCodec();

    /// <summary>Text in UTF-8. What is not UTF-8 is refused with a <see cref="DecoderFallbackException"/>, text with half a surrogate pair with an <see cref="EncoderFallbackException"/>.</summary>
    public static ICodec<string> Text { get; } = new TextCodec();

    private sealed class BytesCodec : ICodec<ReadOnlyMemory<byte>>
    {
        public ReadOnlyMemory<byte> Decode(in ReadOnlySequence<byte> payload) => payload.ToArray();

        public void Encode(ReadOnlyMemory<byte> value, IBufferWriter<byte> output)
        {
            ArgumentNullException.ThrowIfNull(output);
            output.Write(value.Span);
        }
    }

    private sealed class TextCodec : ICodec<string>
    {
        public string Decode(in ReadOnlySequence<byte> payload) => Utf8.GetString(payload);

        public void Encode(string value, IBufferWriter<byte> output)
        {
            ArgumentNullException.ThrowIfNull(value);
            Utf8.GetBytes(value, output);
        }
    }
}
