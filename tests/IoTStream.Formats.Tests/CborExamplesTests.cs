using System.Buffers;
using System.Globalization;
using System.Text.Json;
using IoTStream.Connectors;

namespace IoTStream.Formats.Tests;

/// <summary>The examples of RFC 8949, appendix A, through the reader, the writer and the way over JSON.</summary>
[Parallelizable(ParallelScope.All)]
public class CborExamplesTests
{
    private static readonly ICodec<JsonElement> Elements = Cbor.Of<JsonElement>();

    [TestCase("00", "0")]
    [TestCase("01", "1")]
    [TestCase("0a", "10")]
    [TestCase("17", "23")]
    [TestCase("1818", "24")]
    [TestCase("1819", "25")]
    [TestCase("1864", "100")]
    [TestCase("1903e8", "1000")]
    [TestCase("1a000f4240", "1000000")]
    [TestCase("1b000000e8d4a51000", "1000000000000")]
    [TestCase("1bffffffffffffffff", "18446744073709551615")]
    [TestCase("20", "-1")]
    [TestCase("29", "-10")]
    [TestCase("3863", "-100")]
    [TestCase("3903e7", "-1000")]
    [TestCase("fb3ff199999999999a", "1.1")]
    [TestCase("f93e00", "1.5")]
    [TestCase("fb7e37e43c8800759c", "1e+300")]
    [TestCase("f90001", "5.960464477539063e-8")]
    [TestCase("f90400", "0.00006103515625")]
    [TestCase("fbc010666666666666", "-4.1")]
    [TestCase("f4", "false")]
    [TestCase("f5", "true")]
    [TestCase("60", "\"\"")]
    [TestCase("6161", "\"a\"")]
    [TestCase("6449455446", "\"IETF\"")]
    [TestCase("62225c", "\"\\\"\\\\\"")]
    [TestCase("62c3bc", "\"\u00fc\"")]
    [TestCase("63e6b0b4", "\"\u6c34\"")]
    [TestCase("64f0908591", "\"\ud800\udd51\"")]
    [TestCase("80", "[]")]
    [TestCase("83010203", "[1,2,3]")]
    [TestCase("8301820203820405", "[1,[2,3],[4,5]]")]
    [TestCase("98190102030405060708090a0b0c0d0e0f101112131415161718181819", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]")]
    [TestCase("a0", "{}")]
    [TestCase("a26161016162820203", "{\"a\":1,\"b\":[2,3]}")]
    [TestCase("826161a161626163", "[\"a\",{\"b\":\"c\"}]")]
    [TestCase("a56161614161626142616361436164614461656145", "{\"a\":\"A\",\"b\":\"B\",\"c\":\"C\",\"d\":\"D\",\"e\":\"E\"}")]
    public void What_JSON_can_say_goes_both_ways(string hex, string json)
    {
        JsonElement read = Elements.Decode(Payload.OfHex(hex));
        JsonElement.DeepEquals(read, JsonDocument.Parse(json).RootElement).Should().BeTrue($"{read} is {json}");

        var output = new ArrayBufferWriter<byte>();
        Elements.Encode(JsonDocument.Parse(json).RootElement, output);
        Convert.ToHexStringLower(output.WrittenSpan).Should().Be(hex);
    }

    [TestCase("c249010000000000000000", "18446744073709551616")]
    [TestCase("3bffffffffffffffff", "-18446744073709551616")]
    [TestCase("c349010000000000000000", "-18446744073709551617")]
    [TestCase("f90000", "0")]
    [TestCase("f93c00", "1")]
    [TestCase("f97bff", "65504")]
    [TestCase("fa47c35000", "100000")]
    [TestCase("fa7f7fffff", "3.4028234663852886e+38")]
    [TestCase("f9c400", "-4")]
    [TestCase("f97c00", "\"Infinity\"")]
    [TestCase("f97e00", "\"NaN\"")]
    [TestCase("f9fc00", "\"-Infinity\"")]
    [TestCase("fa7f800000", "\"Infinity\"")]
    [TestCase("fa7fc00000", "\"NaN\"")]
    [TestCase("fbfff0000000000000", "\"-Infinity\"")]
    [TestCase("f0", "16")]
    [TestCase("f8ff", "255")]
    [TestCase("c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\"")]
    [TestCase("c11a514b67b0", "\"2013-03-21T20:04:00+00:00\"")]
    [TestCase("c1fb41d452d9ec200000", "\"2013-03-21T20:04:00.5+00:00\"")]
    [TestCase("c48221196ab3", "273.15")]
    [TestCase("d74401020304", "\"AQIDBA==\"")]
    [TestCase("d82076687474703a2f2f7777772e6578616d706c652e636f6d", "\"http://www.example.com\"")]
    [TestCase("40", "\"\"")]
    [TestCase("4401020304", "\"AQIDBA==\"")]
    [TestCase("a201020304", "{\"1\":2,\"3\":4}")]
    [TestCase("5f42010243030405ff", "\"AQIDBAU=\"")]
    [TestCase("7f657374726561646d696e67ff", "\"streaming\"")]
    [TestCase("9fff", "[]")]
    [TestCase("9f018202039f0405ffff", "[1,[2,3],[4,5]]")]
    [TestCase("83018202039f0405ff", "[1,[2,3],[4,5]]")]
    [TestCase("83019f0203ff820405", "[1,[2,3],[4,5]]")]
    [TestCase("bf61610161629f0203ffff", "{\"a\":1,\"b\":[2,3]}")]
    [TestCase("826161bf61626163ff", "[\"a\",{\"b\":\"c\"}]")]
    [TestCase("bf6346756ef563416d7421ff", "{\"Fun\":true,\"Amt\":-2}")]
    public void What_CBOR_alone_can_say_is_read_as_the_JSON_that_is_nearest(string hex, string json)
    {
        JsonElement read = Elements.Decode(Payload.OfHex(hex));
        JsonElement.DeepEquals(read, JsonDocument.Parse(json).RootElement).Should().BeTrue($"{read} is {json}");
    }

    [TestCase("f90000", 0.0)]
    [TestCase("f98000", -0.0)]
    [TestCase("f93c00", 1.0)]
    [TestCase("fb3ff199999999999a", 1.1)]
    [TestCase("f97bff", 65504.0)]
    [TestCase("fa47c35000", 100000.0)]
    [TestCase("fa7f7fffff", 3.4028234663852886e+38)]
    [TestCase("fb7e37e43c8800759c", 1.0e+300)]
    [TestCase("f90001", 5.960464477539063e-8)]
    [TestCase("f97c00", double.PositiveInfinity)]
    [TestCase("f97e00", double.NaN)]
    [TestCase("f9fc00", double.NegativeInfinity)]
    public void Floating_point_numbers_take_as_few_bytes_as_hold_them(string hex, double value)
    {
        var output = new ArrayBufferWriter<byte>();
        new CborWriter(output).WriteDouble(value);
        Convert.ToHexStringLower(output.WrittenSpan).Should().Be(hex);
        double read = new CborReader(output.WrittenSpan).ReadDouble();
        (double.IsNaN(value) ? double.IsNaN(read) : BitConverter.DoubleToInt64Bits(read) == BitConverter.DoubleToInt64Bits(value)).Should().BeTrue();
    }

    [TestCase("1c", "has no length")]
    [TestCase("fc", "has no meaning")]
    [TestCase("ff", "nothing has begun")]
    [TestCase("f801", "below 32")]
    [TestCase("61ff", "no UTF-8")]
    [TestCase("5f6161ff", "Text where Bytes is expected")]
    [TestCase("5f5f4101ffff", "no length")]
    [TestCase("1903", "end within an item")]
    [TestCase("42", "2 bytes are announced")]
    [TestCase("9b7fffffffffffffff", "items are announced")]
    [TestCase("bb0000000000000002010203", "items are announced")]
    [TestCase("0000", "goes on after the end")]
    [TestCase("9f01", "the bytes end")]
    [TestCase("a161", "are announced")]
    [TestCase("a1f501", "is no name of a property")]
    [TestCase("c240ff", "goes on")]
    [TestCase("c48101", "two parts")]
    [TestCase("", "the bytes end")]
    public void What_is_not_well_formed_is_told(string hex, string why)
    {
        Action decode = () => Elements.Decode(Payload.OfHex(hex));
        decode.Should().Throw<CborException>().Which.Message.Should().Contain(why);
    }

    [Test]
    public void What_is_nested_too_deep_is_told_and_not_followed()
    {
        string deep = string.Concat(Enumerable.Repeat("81", 100_000)) + "00";
        FluentActions.Invoking(() => Elements.Decode(Payload.OfHex(deep))).Should().Throw<CborException>().WithMessage("*more than 64 deep*");
        FluentActions.Invoking(() => new CborReader(Convert.FromHexString(deep)).Skip()).Should().Throw<CborException>().WithMessage("*more than 64 deep*");
    }

    [Test]
    public void A_moment_is_read_from_text_or_number()
    {
        foreach (string hex in (string[])["c074323031332d30332d32315432303a30343a30305a", "74323031332d30332d32315432303a30343a30305a", "c11a514b67b0", "1a514b67b0", "fb41d452d9ec000000"])
        {
            new CborReader(Convert.FromHexString(hex)).ReadTime().Should().Be(DateTimeOffset.Parse("2013-03-21T20:04:00Z", CultureInfo.InvariantCulture));
        }

        foreach (string hex in (string[])["c27400", "c06161", "c001", "c1fb7ff8000000000000", "c11bffffffffffffffff", "f4"])
        {
            FluentActions.Invoking(() => new CborReader(Convert.FromHexString(hex)).ReadTime()).Should().Throw<CborException>();
        }
    }
}
