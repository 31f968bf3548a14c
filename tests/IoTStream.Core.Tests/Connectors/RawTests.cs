using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

[Parallelizable(ParallelScope.All)]
public class RawTests
{
    [Test]
    public void Bytes_are_kept_although_the_payload_is_not()
    {
        byte[] payload = [1, 2, 255];

        ReadOnlyMemory<byte> value = Raw.Bytes.Decode(new ReadOnlySequence<byte>(payload));
        payload[0] = 9;

        value.ToArray().Should().Equal(1, 2, 255);
        Encode(Raw.Bytes, value).Should().Equal(1, 2, 255);
    }

    [Test]
    public void Text_is_UTF_8([Values("", "21.5", "ü€😀\0")] string text)
    {
        byte[] bytes = Encode(Raw.Text, text);

        bytes.Should().Equal(Encoding.UTF8.GetBytes(text));
        Raw.Text.Decode(new ReadOnlySequence<byte>(bytes)).Should().Be(text);
    }

    [Test]
    public void What_is_not_text_is_refused()
    {
        ((Action)(() => Raw.Text.Decode(new ReadOnlySequence<byte>([0x61, 0xFF])))).Should().Throw<DecoderFallbackException>();
        ((Action)(() => Encode(Raw.Text, "\uD800"))).Should().Throw<EncoderFallbackException>();
    }

    private static byte[] Encode<T>(ICodec<T> codec, T value)
    {
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(value, output);
        return output.WrittenSpan.ToArray();
    }
}
