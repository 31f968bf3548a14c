using System.Net;
using IoTStream.Coap.Dtls;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Tests.Messaging;

namespace IoTStream.Coap.Tests.Dtls;

/// <summary>By what a peer shows that it is where its datagrams say.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class CookiesTests
{
    private static readonly PeerAddress Peer = PeerAddress.Of(new IPEndPoint(IPAddress.Loopback, 1000));

    [Test]
    public void A_cookie_is_its_peer_s_alone()
    {
        var cookies = new Cookies(new SimulatedTime());
        byte[] cookie = new byte[Cookies.Length];
        cookies.Write(Peer, cookie);
        cookies.IsOf(Peer, cookie).Should().BeTrue();
        cookies.IsOf(PeerAddress.Of(new IPEndPoint(IPAddress.Loopback, 1001)), cookie).Should().BeFalse();
        cookies.IsOf(PeerAddress.Of(new IPEndPoint(IPAddress.IPv6Loopback, 1000)), cookie).Should().BeFalse();
        new Cookies(new SimulatedTime()).IsOf(Peer, cookie).Should().BeFalse("another server has another key");
        cookie[^1] ^= 1;
        cookies.IsOf(Peer, cookie).Should().BeFalse();
    }

    [Test]
    public void A_cookie_is_good_until_the_key_has_changed_twice()
    {
        var time = new SimulatedTime();
        var cookies = new Cookies(time);
        byte[] first = new byte[Cookies.Length];
        byte[] later = new byte[Cookies.Length];
        cookies.Write(Peer, first);
        time.Advance(TimeSpan.FromMinutes(6));
        cookies.Write(Peer, later);
        later.Should().NotEqual(first);
        cookies.IsOf(Peer, first).Should().BeTrue();
        time.Advance(TimeSpan.FromMinutes(6));
        cookies.Write(Peer, later);
        cookies.IsOf(Peer, first).Should().BeFalse();
    }
}
