using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Server;

/// <summary>RFC 6690.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class DiscoveryTests
{
    private const string Light = "</light/1>;title=\"The light\";rt=\"light lamp\";if=\"core.a\";ct=50;sz=2000";
    private const string Temperature = "</sensors/%7Broom%7D>;rt=\"temperature-c\";ct=\"50 60\"";

    [TestCase("", Light + "," + Temperature)]
    [TestCase("?rt=lamp", Light)]
    [TestCase("?rt=lam*", Light)]
    [TestCase("?rt=lam", "")]
    [TestCase("?rt=temperature-c", Temperature)]
    [TestCase("?if=core.a", Light)]
    [TestCase("?if=*", Light)]
    [TestCase("?ct=60", Temperature)]
    [TestCase("?ct=50", Light + "," + Temperature)]
    [TestCase("?href=/light/1", Light)]
    [TestCase("?href=/light*", Light)]
    [TestCase("?title=The light", Light)]
    [TestCase("?sz=2000", Light)]
    [TestCase("?obs", "")]
    [TestCase("?foo=bar", "")]
    public async Task Resources_are_listed_and_filtered(string query, string expected)
    {
        await using var talk = new Talk();
        talk.Server.Map("light/1", (_, _) => default, new CoapResourceOptions { Title = "The light", ResourceType = "light lamp", InterfaceDescription = "core.a", ContentFormats = [CoapContentFormat.Json], Size = 2000 });
        talk.Server.Map("sensors/{room}", (_, _) => default, new CoapResourceOptions { ResourceType = "temperature-c", ContentFormats = [CoapContentFormat.Json, CoapContentFormat.Cbor] });
        talk.Server.Map("secret", (_, _) => default, new CoapResourceOptions { IsListed = false });

        Heard answer = talk.Get(".well-known/core" + query);
        answer.Code.Should().Be(CoapCode.Content);
        answer.Number(OptionNumber.ContentFormat).Should().Be(40);
        answer.Text.Should().Be(expected);
    }

    [Test]
    public async Task It_is_read_and_in_its_own_format_only()
    {
        await using var talk = new Talk();
        talk.Ask(CoapCode.Post, ".well-known/core").Code.Should().Be(CoapCode.MethodNotAllowed);
        talk.Get(".well-known/core", (OptionNumber.Accept, [50])).Code.Should().Be(CoapCode.NotAcceptable);
        talk.Get(".well-known/core", (OptionNumber.Accept, [40])).Code.Should().Be(CoapCode.Content);
    }

    [Test]
    public void What_cannot_be_quoted_is_refused() =>
        FluentActions.Invoking(() => new CoapResourceOptions { Title = "a\"b" }.Validate()).Should().Throw<ArgumentException>();
}
