using System.Net;
using System.Text;
using IoTStream.Coap.Dtls;
using IoTStream.Coap.Messaging;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Dtls;

/// <summary>What is kept of peers and freed. Alone, since it counts what there is in the process.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class DtlsStateTests
{
    private static readonly CoapDtlsServerOptions Options = new() { Port = 0, PreSharedKeys = static _ => [1, 2, 3] };

    [Test]
    public async Task Nothing_is_kept_of_who_has_not_shown_where_he_is()
    {
        byte[] hello = Hello();
        var below = new Carrier();
        await using var server = new DtlsServerTransport(below, DtlsContext.ForServer(Options, TimeProvider.System), Options, TimeProvider.System);
        server.Start(static (in PeerAddress _, ReadOnlySpan<byte> _, bool _) => Assert.Fail("Nobody has said anything."));
        long open = SslHandle.Open;
        for (int i = 0; i < 20_000; i++)
        {
            below.Bring(new IPEndPoint(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), 1000 + i), hello);
        }

        below.Sent.Should().HaveCount(20_000);
        below.Sent.Should().OnlyContain(datagram => datagram.Length <= hello.Length, "an answer does no more harm than the question");
        server.Statistics.Should().Be(default(CoapDtlsStatistics));
        SslHandle.Open.Should().Be(open);
    }

    [Test]
    public async Task Random_datagrams_do_nothing()
    {
        byte[] hello = Hello();
        var below = new Carrier();
        await using var server = new DtlsServerTransport(below, DtlsContext.ForServer(Options, TimeProvider.System), Options, TimeProvider.System);
        server.Start(static (in PeerAddress _, ReadOnlySpan<byte> _, bool _) => Assert.Fail("Nobody has said anything."));
        long open = SslHandle.Open;
        var random = new Random(1);
        byte[] datagram = new byte[2000];
        for (int i = 0; i < 100_000; i++)
        {
            int length = random.Next(0, i % 2 == 0 ? hello.Length : datagram.Length);
            random.NextBytes(datagram);
            if (i % 2 == 0)
            {
                hello.CopyTo(datagram, 0);
                length = random.Next(3) == 0 ? length : hello.Length;
                for (int changes = random.Next(1, 5); changes > 0; changes--)
                {
                    datagram[random.Next(hello.Length)] = (byte)random.Next(256);
                }
            }

            below.Bring(new IPEndPoint(IPAddress.Loopback, random.Next(1, 50)), datagram.AsSpan(0, length));
        }

        server.Statistics.Should().Be(default(CoapDtlsStatistics) with { Discarded = server.Statistics.Discarded });
        SslHandle.Open.Should().Be(open);
    }

    [Test]
    public async Task All_is_freed()
    {
        long open = SslHandle.Open;
        await using (CoapServer server = Keyed.Server(static dtls => dtls with { HandshakeTimeout = TimeSpan.FromSeconds(1) }))
        {
            for (int i = 0; i < 200; i++)
            {
                await using CoapClient client = Keyed.Client();
                await client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait);
            }

            await using (CoapClient stranger = Keyed.Client("another key", change: static dtls => dtls with { HandshakeTimeout = TimeSpan.FromSeconds(1) }))
            {
                await FluentActions.Awaiting(() => stranger.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>();
            }

            await Limits.UntilAsync(() => server.DtlsStatistics is { Sessions: 0, Handshakes: 0 }, "all have gone");
            server.DtlsStatistics.Established.Should().Be(200);
            SslHandle.Open.Should().Be(open + 1, "there is one that waits");
        }

        SslHandle.Open.Should().Be(open);
    }

    /// <summary>What a client says first.</summary>
    private static byte[] Hello()
    {
        using DtlsContext context = DtlsContext.ForKeys();
        var below = new Carrier();
        using DtlsSession session = DtlsSession.To(
            context, below, TimeProvider.System, PeerAddress.Of(new IPEndPoint(IPAddress.Loopback, 1)), new CoapPreSharedKey("me", Encoding.UTF8.GetBytes("key")), "localhost", former: null);
        session.Begin();
        return below.Sent.Should().ContainSingle().Subject;
    }
}
