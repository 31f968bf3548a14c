using System.Buffers;
using System.Text;
using System.Text.Json;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Connectors;

[Parallelizable(ParallelScope.All)]
public class DeadLetterCodecTests
{
    private static readonly DeadLetterCodec Codec = new DeadLetterCodec().WithElements(Json.Of<Sensed>());

    [Test]
    public void Whatever_the_bytes_and_headers_are_they_come_back() => Property.Holds(
        random => new DeadLetter
        {
            Step = Draw(random),
            Partition = new SourcePartition(Draw(random), random.Next(), Draw(random)),
            Timestamp = new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks), TimeSpan.Zero),
            Reason = new FormatException(Draw(random)),
            Headers = new RecordHeaders([.. Enumerable.Range(0, random.Next(4)).Select(_ => new RecordHeader(Draw(random), Bytes(random)))]),
            Payload = Bytes(random),
        },
        letter =>
        {
            DeadLetter back = Again(letter);

            (back.Step, back.Timestamp, $"{back.Partition}").Should().Be((letter.Step, letter.Timestamp, $"{letter.Partition}"));
            back.Reason.Should().BeOfType<RecordedException>().Which.Should().BeEquivalentTo(new { Type = "System.FormatException", letter.Reason.Message });
            back.Headers.Select(header => (header.Name, Convert.ToHexString(header.Value.Span)))
                .Should().Equal(letter.Headers.Select(header => (header.Name, Convert.ToHexString(header.Value.Span))));
            back.Payload.ToArray().Should().Equal(letter.Payload.ToArray());
            Encode(Codec, back).Should().Be(Encode(Codec, letter));
        });

    [Test]
    public void An_element_comes_back_through_the_codec_of_its_type() =>
        Again(Letter(new Sensed("A1", 90))).Element.Should().Be(new Sensed("A1", 90));

    [Test]
    public void An_element_of_another_type_is_shown_and_stays_so()
    {
        DeadLetter back = Again(Letter(17.5));

        back.Element.Should().Be(new UnknownElement("System.Double", "17.5"));
        Again(back).Element.Should().Be(back.Element);
    }

    [Test]
    public void An_element_that_was_kept_by_a_codec_needs_one_to_be_read()
    {
        string kept = Encode(Codec, Letter(new Sensed("A1", 90)));

        Action read = () => Decode(new DeadLetterCodec(), kept);

        read.Should().Throw<FormatException>().WithMessage("*DeadLetterCodecTests+Sensed*WithElements*");
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("17")]
    [TestCase("""{"step":"s","source":"","partition":0,"partitionName":"p","timestamp":"2026-01-01T00:00:00Z","reason":{"type":"t","message":"m"},"headers":[]}""")]
    [TestCase("""{"step":"s","source":"a","partition":-1,"partitionName":"p","timestamp":"2026-01-01T00:00:00Z","reason":{"type":"t","message":"m"},"headers":[]}""")]
    [TestCase("""{"step":null,"source":"a","partition":0,"partitionName":"p","timestamp":"2026-01-01T00:00:00Z","reason":{"type":"t","message":"m"},"headers":[]}""")]
    [TestCase("""{"step":"s","source":"a","partition":0,"partitionName":"p","timestamp":"yesterday","reason":{"type":"t","message":"m"},"headers":[]}""")]
    [TestCase("""{"step":"s","source":"a","partition":0,"partitionName":"p","timestamp":"2026-01-01T00:00:00Z","reason":{"type":"t","message":"m"},"headers":[{"name":"a","bytes":"?"}]}""")]
    public void What_is_no_dead_letter_is_refused(string text)
    {
        Action read = () => Decode(Codec, text);

        read.Should().Throw<Exception>().Which.Should().Match(exception => exception is FormatException || exception is JsonException);
    }

    [Test]
    public async Task Letters_that_were_kept_become_records_again_and_what_fails_again_is_the_same_letter()
    {
        var kept = new CollectingSink<string>();
        var first = new TopologyBuilder("first");
        DataStream<int> numbers = first.From("numbers", Source(["1", "x", "3"], new Numbers(most: 2)));
        numbers.Validate(QualityRules<int>.None.That("odd", number => number != 1), ErrorPolicy.DeadLetter, "validate").ForEach("each", _ => { });
        first.DeadLetters.Select(letter => Encode(new DeadLetterCodec().WithElements(Json.Of<int>()), letter)).To("kept", kept);
        await first.Build().RunAsync();

        var results = new CollectingSink<int>();
        var again = new CollectingSink<string>();
        DeadLetterCodec codec = new DeadLetterCodec().WithElements(Json.Of<int>());
        var second = new TopologyBuilder("second");
        second.From("kept", kept.Values)
            .Select(text => Decode(codec, text))
            .Replay(new Numbers(most: 9), ErrorPolicy.DeadLetter, "replay")
            .To("results", results);
        second.DeadLetters.Select(letter => Encode(codec, letter)).To("again", again);
        await second.Build().RunAsync();

        results.Values.Should().BeEquivalentTo([1, 3]);
        DeadLetter left = Decode(codec, again.Values.Should().ContainSingle().Which);
        (left.Step, left.Element, Encoding.UTF8.GetString(left.Payload.Span), left.Partition.Source, left.Reason.Message)
            .Should().Be(("replay", null, "x", "numbers", "'x' is no number up to 9."));
    }

    [Test]
    public async Task An_element_that_cannot_be_replayed_says_why()
    {
        var builder = new TopologyBuilder("t");
        builder.From("kept", [Letter(new UnknownElement("My.Type", "?"))]).Replay(Json.Of<Sensed>()).ForEach("each", _ => { });

        Func<Task> run = () => builder.Build().RunAsync();

        await run.Should().ThrowAsync<JobFailedException>().WithMessage("*My.Type*text only*WithElements*");
    }

    [Test]
    public void Text_that_is_no_Unicode_does_not_keep_a_letter_from_being_kept()
    {
        DeadLetter letter = Letter("a") with { Reason = new FormatException("no number: '\uD800'") };

        Again(letter).Reason.Message.Should().Be("no number: '\uFFFD'");
    }

    private static ScriptedSource<int> Source(string[] payloads, IDecoder<int> decoder) => new(1, (batch, _, _) =>
    {
        foreach (byte[] payload in payloads.Select(Encoding.UTF8.GetBytes))
        {
            try
            {
                batch.Add(decoder.Decode(new ReadOnlySequence<byte>(payload)));
            }
            catch (FormatException reason)
            {
                batch.AddDeadLetter(payload, reason);
            }
        }

        return ReadStatus.Ended;
    });

    private static DeadLetter Again(DeadLetter letter) => Decode(Codec, Encode(Codec, letter));

    private static string Encode(DeadLetterCodec codec, DeadLetter letter)
    {
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(letter, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static DeadLetter Decode(DeadLetterCodec codec, string text) => codec.Decode(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)));

    private static DeadLetter Letter(object element) => new()
    {
        Step = "step",
        Partition = new SourcePartition("source", 0, "partition"),
        Reason = new InvalidOperationException("no"),
        Element = element,
    };

    private static string Draw(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => (string)random.GetItems(["a", "\"", "\\", "\n", "é", "😀", "\0"], 1)[0]));

    private static byte[] Bytes(Random random)
    {
        byte[] bytes = new byte[random.Next(9)];
        random.NextBytes(bytes);
        return random.Next(2) == 0 ? bytes : Encoding.UTF8.GetBytes(Draw(random));
    }

    private sealed record Sensed(string Device, double Celsius);

    private sealed class Numbers(int most) : IDecoder<int>
    {
        public int Decode(in ReadOnlySequence<byte> payload)
        {
            string text = Encoding.UTF8.GetString(payload);
            return int.TryParse(text, out int number) && number <= most ? number : throw new FormatException($"'{text}' is no number up to {most}.");
        }
    }
}
