using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class JsonEncodingTests
{
    private static readonly JsonSerializerOptions Legible = new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true, NewLine = "\n" };

    [Test]
    public void The_options_decide_about_escaping_and_indentation_even_if_codecs_of_a_type_take_turns()
    {
        ICodec<Note> strict = Json.Of<Note>(), legible = Json.Of<Note>(Legible), indented = Json.Of<Note>(Indented);
        var note = new Note("2 + 2");

        string[] texts = [Encode(strict, note), Encode(legible, note), Encode(indented, note), Encode(strict, note)];

        texts.Should().Equal("""{"text":"2 \u002B 2"}""", """{"text":"2 + 2"}""", "{\n  \"text\": \"2 \\u002B 2\"\n}", """{"text":"2 \u002B 2"}""");
    }

    private static string Encode(ICodec<Note> codec, Note note)
    {
        var buffer = new ArrayBufferWriter<byte>();
        codec.Encode(note, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private sealed record Note(string Text);
}
