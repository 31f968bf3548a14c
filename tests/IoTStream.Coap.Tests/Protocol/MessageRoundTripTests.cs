using FsCheck;
using FsCheck.Fluent;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Protocol;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MessageRoundTripTests
{
    [Test]
    public void A_message_that_is_written_read_and_written_again_is_the_same() => Holds(5000, random =>
    {
        byte[] bytes = Datagrams.Generate(random);
        return Message.Read(bytes, out Message message) == ReadResult.Message && Datagrams.WriteAgain(message).AsSpan().SequenceEqual(bytes);
    });

    [Test]
    public void A_message_over_a_connection_is_the_same_and_is_waited_for_while_its_head_is_cut() => Holds(2000, random =>
    {
        byte[] body = new byte[4096];
        var writer = new MessageWriter(body);
        Datagrams.WriteBody(ref writer, random);
        Token token = Token.Of(Datagrams.Bytes(random, random.Next(9)));
        byte[] buffer = new byte[StreamFrame.LongestHead];
        int length = StreamFrame.WriteHead(buffer, CoapCode.Post, token, writer.Length);
        for (int cut = 0; cut < length; cut++)
        {
            if (!StreamFrame.TryReadHead(buffer.AsSpan(0, cut), out int none, out _, out _, out _) || none != 0)
            {
                return false;
            }
        }

        return StreamFrame.TryReadHead(buffer.AsSpan(0, length), out int head, out int tokenLength, out long size, out CoapCode code)
            && head == length
            && size == writer.Length
            && code == CoapCode.Post
            && Token.Of(buffer.AsSpan(head - tokenLength, tokenLength)) == token;
    });

    [TestCase(12, 1)]
    [TestCase(13, 2)]
    [TestCase(268, 2)]
    [TestCase(269, 3)]
    [TestCase(65_804, 3)]
    [TestCase(65_805, 5)]
    [TestCase(20_000_000, 5)]
    public void The_length_of_a_message_over_a_connection_takes_as_little_as_it_can(int body, int expected)
    {
        byte[] buffer = new byte[StreamFrame.LongestHead];
        StreamFrame.WriteHead(buffer, CoapCode.Get, default, body).Should().Be(expected + 1);
        StreamFrame.TryReadHead(buffer, out _, out _, out long size, out _).Should().BeTrue();
        size.Should().Be(body);
    }

    [Test]
    public void Numbers_and_blocks_come_back() => Holds(2000, random =>
    {
        uint value = (uint)random.NextInt64(uint.MaxValue) >> random.Next(32);
        byte[] bytes = new byte[UnsignedInteger.LengthOf(value)];
        UnsignedInteger.Write(bytes, value);
        var block = new Block(random.Next(Block.MaximumCount), random.Next(2) == 0, random.Next(8));
        byte[] option = new byte[UnsignedInteger.LengthOf(block.ToBits())];
        UnsignedInteger.Write(option, block.ToBits());
        return UnsignedInteger.Read(bytes) == value && option.Length <= 3 && Block.Read(option) == block;
    });

    [Test]
    public void The_bytes_are_those_of_the_specification()
    {
        // The second example of RFC 7252, appendix A.
        byte[] buffer = new byte[64];
        var request = new MessageWriter(buffer, MessageType.Confirmable, CoapCode.Get, 0x7D35, Token.Of([0x20]));
        request.Write(OptionNumber.UriPath, "temperature");
        buffer[..request.Length].Should().Equal([0x41, 0x01, 0x7D, 0x35, 0x20, 0xBB, .. "temperature"u8]);

        var response = new MessageWriter(buffer, MessageType.Acknowledgement, CoapCode.Content, 0x7D35, Token.Of([0x20]));
        response.WritePayload("22.3 C"u8);
        buffer[..response.Length].Should().Equal([0x61, 0x45, 0x7D, 0x35, 0x20, 0xFF, .. "22.3 C"u8]);

        var extended = new MessageWriter(buffer, MessageType.NonConfirmable, CoapCode.Post, 1, default);
        extended.Write(OptionNumber.Size1, 0x0102u);
        extended.Write(OptionNumber.NoResponse, 0u);
        extended.Write((OptionNumber)3000, [7]);
        buffer[..extended.Length].Should().Equal(0x50, 0x02, 0, 1, 0xD2, 47, 1, 2, 0xD0, 185, 0xE1, 0x09, 0xA9, 7);
    }

    [Test]
    public void What_does_not_fit_or_is_out_of_order_is_refused_as_an_argument()
    {
        FluentActions.Invoking(() => new MessageWriter(new byte[20]).Write(OptionNumber.UriPath, new string('x', 30))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new MessageWriter(new byte[20]).WritePayload(new byte[20])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() =>
        {
            var writer = new MessageWriter(new byte[20]);
            writer.Write(OptionNumber.UriPath, "a");
            writer.Write(OptionNumber.UriHost, "b");
        }).Should().Throw<ArgumentException>();
    }

    private static void Holds(int cases, Func<Random, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(cases), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => property(new Random(seed))));
}
