using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Tests;

/// <summary>Text as UTF-8; what begins with '?' does not decode.</summary>
internal sealed class Text : ICodec<string>
{
    public static readonly Text Codec = new();

    public string Decode(in ReadOnlySequence<byte> payload)
    {
        string text = Encoding.UTF8.GetString(payload);
        return text.StartsWith('?') ? throw new FormatException($"'{text}' is a question.") : text;
    }

    public void Encode(string value, IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes(value));
}
