using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using IoTStream.Connectors;

namespace IoTStream.Formats.Tests;

[Parallelizable(ParallelScope.All)]
public class CborCodecTests
{
    private static readonly ICodec<Reading> Functions = Cbor.Of(
        static (ref CborReader reader) =>
        {
            string machine = "";
            double celsius = double.NaN;
            for (CborItems keys = reader.ReadMap(); keys.Next(ref reader);)
            {
                switch (reader.ReadInt32())
                {
                    case 0:
                        machine = reader.ReadText();
                        break;
                    case 1:
                        celsius = reader.ReadDouble();
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }

            return new Reading(machine, celsius);
        },
        static (CborWriter writer, Reading reading) =>
        {
            writer.WriteMap(2);
            writer.WriteInt64(0);
            writer.WriteText(reading.Machine);
            writer.WriteInt64(1);
            writer.WriteDouble(reading.Celsius);
        });

    [Test]
    public void Two_functions_make_a_codec([Values(1, 3, 1000)] int piece)
    {
        var output = new ArrayBufferWriter<byte>();
        Functions.Encode(new Reading("press 4", 21.5), output);
        Convert.ToHexStringLower(output.WrittenSpan).Should().Be("a20067707265737320340" + "1f94d60");
        Functions.Decode(Payload.InPieces(output.WrittenSpan.ToArray(), piece)).Should().Be(new Reading("press 4", 21.5));
    }

    [Test]
    public void Keys_that_a_function_does_not_know_can_be_passed_over() =>
        Functions.Decode(Payload.OfHex("a30063666f6f0282a0c101" + "0115")).Should().Be(new Reading("foo", 21));

    [Test]
    public void Metadata_of_JSON_serve_for_CBOR([Values(2, 1000)] int piece)
    {
        ICodec<Detailed> codec = Cbor.Of(CodecContext.Default.Detailed);
        var value = new Detailed
        {
            At = new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero),
            Tags = ["a \"quoted\" one", new string('x', 400) + "\n"],
            Inner = new Reading("m", -0.25),
            Large = ulong.MaxValue,
            Raw = [1, 2, 3],
        };
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(value, output);
        codec.Decode(Payload.InPieces(output.WrittenSpan.ToArray(), piece)).Should().BeEquivalentTo(value);
    }

    [Test]
    public void Byte_strings_and_times_with_tags_become_what_the_properties_are()
    {
        // {"raw": h'0102', "at": 1(1363896240), "1": "one"}
        Detailed read = Cbor.Of(CodecContext.Default.Detailed).Decode(Payload.OfHex("a36372617742010262617" + "4c11a514b67b0" + "01636f6e65"));
        read.Raw.Should().Equal(1, 2);
        read.At.Should().Be(DateTimeOffset.FromUnixTimeSeconds(1363896240));
        read.First.Should().Be("one");
    }

    [Test]
    public void Null_is_no_record() =>
        FluentActions.Invoking(() => Cbor.Of(CodecContext.Default.Detailed).Decode(Payload.OfHex("f6"))).Should().Throw<JsonException>();

    [Test]
    public void Half_a_pair_of_surrogates_cannot_be_written() =>
        FluentActions.Invoking(() => new CborWriter(new ArrayBufferWriter<byte>()).WriteText("\ud800")).Should().Throw<ArgumentException>();

    internal sealed record Reading(string Machine, double Celsius);

    internal sealed class Detailed
    {
        public DateTimeOffset At { get; set; }

        public string[] Tags { get; set; } = [];

        public Reading? Inner { get; set; }

        public ulong Large { get; set; }

        public byte[] Raw { get; set; } = [];

        [JsonPropertyName("1")]
        public string? First { get; set; }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CborCodecTests.Detailed))]
internal sealed partial class CodecContext : JsonSerializerContext;
