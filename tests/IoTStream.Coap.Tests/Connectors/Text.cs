using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Coap.Tests.Connectors;

/// <summary>Texts as payloads; one that begins with an exclamation mark does not decode.</summary>
internal static class Text
{
    public static ICodec<string> Codec { get; } = new TextCodec();

    private sealed class TextCodec : ICodec<string>
    {
        public string Decode(in ReadOnlySequence<byte> payload) =>
            Encoding.UTF8.GetString(payload) is var text && text.StartsWith('!') ? throw new FormatException(text) : text;

        public void Encode(string value, IBufferWriter<byte> output) => Encoding.UTF8.GetBytes(value, output);
    }
}
