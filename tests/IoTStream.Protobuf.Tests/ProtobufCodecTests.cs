using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using IoTStream.Connectors;

namespace IoTStream.Protobuf.Tests;

/// <summary>With messages that come with Google.Protobuf.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ProtobufCodecTests
{
    private static readonly ICodec<Struct> Structs = ProtobufCodec.Of(Struct.Parser);

    [Test]
    public void A_message_comes_back_however_its_bytes_are_cut()
    {
        var message = new Struct { Fields = { ["machine"] = Value.ForString("pump-1 ü"), ["celsius"] = Value.ForNumber(61.5), ["ok"] = Value.ForBool(true) } };
        byte[] bytes = Encode(Structs, message);

        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            Structs.Decode(Cut(bytes, cut)).Should().Be(message);
        }
    }

    [Test]
    public void The_bytes_are_those_of_the_wire_format() =>
        Convert.ToHexString(Encode(ProtobufCodec.Of(Timestamp.Parser), new Timestamp { Seconds = 300, Nanos = -1 })).Should().Be("08AC0210FFFFFFFFFFFFFFFFFF01");

    [Test]
    public void An_empty_payload_is_a_message_of_defaults() => Structs.Decode(ReadOnlySequence<byte>.Empty).Should().Be(new Struct());

    [Test]
    public void Fields_of_newer_firmware_are_passed_on()
    {
        // Seconds, and a field 9 that a timestamp does not have.
        byte[] newer = Convert.FromHexString("08054A026869");
        ICodec<Timestamp> codec = ProtobufCodec.Of(Timestamp.Parser);

        Timestamp message = codec.Decode(new ReadOnlySequence<byte>(newer));

        message.Seconds.Should().Be(5);
        Encode(codec, message).Should().Equal(newer);
    }

    [TestCase("08")]
    [TestCase("0A05")]
    [TestCase("08FFFFFFFFFFFFFFFFFFFFFF")]
    [TestCase("00")]
    public void What_is_no_message_is_refused(string bytes)
    {
        Action decode = () => ProtobufCodec.Of(Timestamp.Parser).Decode(new ReadOnlySequence<byte>(Convert.FromHexString(bytes)));

        decode.Should().Throw<InvalidProtocolBufferException>();
    }

    [Test]
    public void Any_bytes_are_a_message_or_refused()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = Encode(Structs, new Struct { Fields = { ["a"] = Value.ForNumber(random.NextDouble()), ["b"] = Value.ForList(Value.ForNull(), Value.ForString("x")) } });
            bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                Structs.Decode(Cut(bytes, random.Next(bytes.Length)));
            }
            catch (InvalidProtocolBufferException)
            {
                // What becomes a dead letter.
            }
        }
    }

    private static byte[] Encode<T>(ICodec<T> codec, T value)
    {
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(value, output);
        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int at)
    {
        var first = new Segment(bytes.AsMemory(0, at), 0);
        Segment last = first.Append(bytes.AsMemory(at));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
