using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Protocol;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class RequestTargetTests
{
    // The examples of RFC 7252, section 6.3 and appendix B, and what else a URI can be.
    [TestCase("coap://example.com:5683/~sensors/temp.xml", "example.com", 5683, "example.com", "~sensors|temp.xml", "")]
    [TestCase("coap://EXAMPLE.com/%7Esensors/temp.xml", "example.com", 5683, "example.com", "~sensors|temp.xml", "")]
    [TestCase("coap://example.net/", "example.net", 5683, "example.net", "", "")]
    [TestCase("coap://example.net", "example.net", 5683, "example.net", "", "")]
    [TestCase("coap://example.net/.well-known/core", "example.net", 5683, "example.net", ".well-known|core", "")]
    [TestCase("coap://198.51.100.1:61616//%2F//?%2F%2F&?%26", "198.51.100.1", 61616, null, "|/||", "//|?&")]
    [TestCase("coaps://[2001:db8::2:1]/a", "2001:db8::2:1", 5684, null, "a", "")]
    [TestCase("coap+tcp://[::1]:7/a%20b?q=%C3%A4", "::1", 7, null, "a b", "q=ä")]
    [TestCase("coaps+tcp://gateway/a/", "gateway", 5684, "gateway", "a|", "")]
    public void A_uri_is_options(string uri, string host, int port, string? uriHost, string path, string query)
    {
        RequestTarget target = RequestTarget.Of(new Uri(uri));

        (target.Host, target.Port, target.UriHost).Should().Be((host, port, uriHost));
        string.Join('|', target.Path).Should().Be(path);
        string.Join('|', target.Query).Should().Be(query);
    }

    [TestCase("http://example.com/a")]
    [TestCase("coap://example.com/a#b")]
    [TestCase("coap://ann@example.com/a")]
    [TestCase("/a/b")]
    public void What_is_no_uri_of_coap_is_refused(string uri) =>
        FluentActions.Invoking(() => RequestTarget.Of(new Uri(uri, UriKind.RelativeOrAbsolute))).Should().Throw<ArgumentException>();

    [Test]
    public void A_part_that_no_option_holds_is_refused() =>
        FluentActions.Invoking(() => RequestTarget.Of(new Uri("coap://a/" + new string('x', 256)))).Should().Throw<ArgumentException>().WithMessage("*255 bytes*");
}
