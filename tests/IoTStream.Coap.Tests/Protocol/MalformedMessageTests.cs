using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Protocol;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MalformedMessageTests
{
    [TestCase("", TestName = "Nothing")]
    [TestCase("400100", TestName = "Less than a header")]
    [TestCase("00010001", TestName = "Version 0")]
    [TestCase("80010001", TestName = "Version 2")]
    [TestCase("C0010001", TestName = "Version 3")]
    public void What_is_no_message_of_this_version_is_foreign(string hexadecimal) => Read(hexadecimal).Should().Be(ReadResult.Foreign);

    [TestCase("4901000100112233445566778899", TestName = "A token of nine bytes")]
    [TestCase("4F01000100112233445566778899AABBCCDDEE", TestName = "A token of fifteen bytes")]
    [TestCase("4401000100", TestName = "A token that is cut")]
    [TestCase("40000001FF", TestName = "An empty message with a marker")]
    [TestCase("4100000155", TestName = "An empty message with a token")]
    [TestCase("4000000100", TestName = "An empty message with an option")]
    [TestCase("40010001FF", TestName = "A marker without a payload")]
    [TestCase("40010001B1", TestName = "An option that is cut")]
    [TestCase("40010001F0", TestName = "A delta of 15")]
    [TestCase("400100011F00", TestName = "A length of 15")]
    [TestCase("40010001D0", TestName = "A delta that is cut")]
    [TestCase("40010001E001", TestName = "A long delta that is cut")]
    [TestCase("400100010D", TestName = "A length that is cut")]
    [TestCase("40010001E0FFFFE0FFFF", TestName = "A number above 65,535")]
    public void What_has_a_header_and_something_wrong_behind_it_is_malformed(string hexadecimal) => Read(hexadecimal).Should().Be(ReadResult.Malformed);

    [TestCase("40010001", TestName = "A header")]
    [TestCase("40000001", TestName = "An empty message")]
    [TestCase("40010001FF00", TestName = "A payload of one byte")]
    [TestCase("40010001E0FEF2", TestName = "The option 65,535")]
    public void What_is_at_the_limit_is_a_message(string hexadecimal) => Read(hexadecimal).Should().Be(ReadResult.Message);

    [Test]
    public void The_type_and_the_identifier_of_a_malformed_message_are_known_for_the_answer()
    {
        Message.Read(Convert.FromHexString("40011234FF"), out Message message);
        message.Type.Should().Be(MessageType.Confirmable);
        message.Id.Should().Be(0x1234);
    }

    [TestCase("9D00", TestName = "A token of thirteen bytes over a connection")]
    [TestCase("0900", TestName = "A token of nine bytes over a connection")]
    public void A_head_with_a_token_that_is_too_long_is_malformed(string hexadecimal) =>
        StreamFrame.TryReadHead(Convert.FromHexString(hexadecimal), out _, out _, out _, out _).Should().BeFalse();

    [TestCase(OptionNumber.UriPath, true, true)]
    [TestCase(OptionNumber.ETag, false, false)]
    [TestCase(OptionNumber.Observe, false, true)]
    [TestCase(OptionNumber.IfMatch, true, false)]
    [TestCase(OptionNumber.NoResponse, false, true)]
    [TestCase(OptionNumber.Block1, true, true)]
    [TestCase(OptionNumber.RequestTag, false, false)]
    public void A_number_tells_what_an_option_is(OptionNumber number, bool isCritical, bool isUnsafe)
    {
        OptionRegistry.IsCritical((int)number).Should().Be(isCritical);
        OptionRegistry.IsUnsafe((int)number).Should().Be(isUnsafe);
    }

    [Test]
    public void Sizes_are_no_part_of_what_a_response_is_cached_by()
    {
        OptionRegistry.IsNoCacheKey((int)OptionNumber.Size1).Should().BeTrue();
        OptionRegistry.IsNoCacheKey((int)OptionNumber.Size2).Should().BeTrue();
        OptionRegistry.IsNoCacheKey((int)OptionNumber.UriPath).Should().BeFalse();
    }

    private static ReadResult Read(string hexadecimal) => Message.Read(Convert.FromHexString(hexadecimal), out _);
}
