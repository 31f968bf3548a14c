using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IoTStream.Coap.Dtls;
using IoTStream.Mqtt.Tests.Broker;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Dtls;

/// <summary>Client and server over DTLS.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class DtlsTests
{
    [Test]
    public async Task A_request_says_who_asks()
    {
        await using CoapServer server = Keyed.Server();
        await using CoapClient client = Keyed.Client();
        (await client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Text.Should().Be("PreSharedKey sensor-1");
        server.DtlsStatistics.Should().Be(new CoapDtlsStatistics(1, 0, 1, 0, 0, 0, 0, 0));
    }

    [Test]
    public async Task A_request_without_encryption_says_nobody_asks()
    {
        await using CoapServer server = Keyed.Server();
        await using CoapClient client = Keyed.Client();
        (await client.GetAsync(new Uri($"coap://127.0.0.1:{server.EndPoint.Port}/who")).WaitAsync(Limits.Wait)).Text.Should().Be(" ");
    }

    [Test]
    public async Task Certificates_say_who_is_who([Values] bool needsCertificate)
    {
        using var certificates = new Certificates();
        using var servers = certificates.Issue("server");
        using var clients = certificates.Issue("client");
        await using CoapServer server = Keyed.Server(dtls => dtls with { Certificate = servers, ClientAuthorities = needsCertificate ? [certificates.Authority] : null });
        var known = new CoapDtlsClientOptions { Authorities = [certificates.Authority] };
        await using (CoapClient client = Keyed.Client(change: _ => known with { ClientCertificate = clients }))
        {
            (await client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Text.Should().Be(needsCertificate ? "Certificate CN=client" : " ");
        }

        await using (CoapClient client = Keyed.Client(change: _ => known with { ClientCertificate = clients, ServerName = "another.example" }))
        {
            await FluentActions.Awaiting(() => client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>("the certificate is not for that name");
        }

        await using (CoapClient client = Keyed.Client(change: static _ => new CoapDtlsClientOptions()))
        {
            await FluentActions.Awaiting(() => client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>("nobody vouches for the server");
        }

        if (needsCertificate)
        {
            await using CoapClient client = Keyed.Client(change: _ => known);
            await FluentActions.Awaiting(() => client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>("it does not say who it is");
        }

        await using (CoapClient client = Keyed.Client())
        {
            (await client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Text.Should().Be("PreSharedKey sensor-1", "keys are taken besides");
        }
    }

    [Test]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var certificates = new Certificates();
        using var others = new Certificates();
        using var servers = certificates.Issue("server");
        using var clients = others.Issue("client");
        await using CoapServer server = Keyed.Server(dtls => dtls with { Certificate = servers, ClientAuthorities = [certificates.Authority] });
        await using CoapClient client = Keyed.Client(change: _ => new CoapDtlsClientOptions { Authorities = [certificates.Authority], ClientCertificate = clients });
        await FluentActions.Awaiting(() => client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>();
        await Limits.UntilAsync(() => server.DtlsStatistics.Failed == 1, "it has failed");
    }

    [TestCase("another key", Keyed.Identity)]
    [TestCase(Keyed.Key, "stranger")]
    public async Task A_wrong_key_and_a_wrong_identity_look_alike(string key, string identity)
    {
        await using CoapServer server = Keyed.Server(static dtls => dtls with { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        await using CoapClient client = Keyed.Client(key, identity, static dtls => dtls with { HandshakeTimeout = TimeSpan.FromSeconds(2) });
        await FluentActions.Awaiting(() => client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>()
            .WithMessage("There is no session with 127.0.0.1*there is no answer, or the key is wrong");
        await Limits.UntilAsync(() => server.DtlsStatistics.Handshakes == 0, "the handshake has ended");
        server.DtlsStatistics.Established.Should().Be(0);
        server.DtlsStatistics.Failed.Should().BeGreaterThan(0);
    }

    [Test]
    public async Task Large_bodies_and_observations_go_over_a_session()
    {
        await using CoapServer server = Keyed.Server();
        server.Map("echo", static (request, _) => new(new CoapResponse { Code = CoapCode.Changed, Payload = request.Payload }));
        CoapValue value = server.MapValue("value");
        value.Set("0"u8.ToArray());
        await using CoapClient client = Keyed.Client();
        byte[] body = Keyed.Body(100_000);
        (await client.PutAsync(Keyed.Uri(server, "echo"), body).WaitAsync(Limits.Wait)).Payload.ToArray().Should().Equal(body);
        List<string> seen = [];
        await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = Keyed.Uri(server, "value") }))
        {
            seen.Add(state.Text);
            if (seen.Count == 8)
            {
                break;
            }

            value.Set(Encoding.UTF8.GetBytes($"{seen.Count}"));
        }

        seen.Should().Equal("0", "1", "2", "3", "4", "5", "6", "7");
        server.DtlsStatistics.Established.Should().Be(1);
        server.Statistics.Challenged.Should().Be(0, "peers have shown where they are before");
    }

    [Test]
    public async Task Sessions_are_established_where_datagrams_are_lost()
    {
        await using CoapServer server = Keyed.Server();
        Task[] seeds = [.. Enumerable.Range(1, 12).Select(AskAsync)];
        await Task.WhenAll(seeds);

        async Task AskAsync(int seed)
        {
            await using var proxy = new UdpProxy(server.DtlsEndPoint!);
            var random = new Random(seed);
            proxy.Rule = (datagram, _) =>
            {
                lock (random)
                {
                    return random.NextDouble() switch { < 0.15 => [], < 0.3 => [datagram, datagram], _ => [datagram] };
                }
            };
            await using var client = new CoapClient(new CoapClientOptions
            {
                Transmission = new CoapTransmission { AckTimeout = TimeSpan.FromMilliseconds(100), MaxRetransmit = 8 },
                Dtls = new CoapDtlsClientOptions { PreSharedKeys = static _ => new CoapPreSharedKey(Keyed.Identity, Encoding.UTF8.GetBytes(Keyed.Key)) },
            });
            for (int i = 0; i < 5; i++)
            {
                (await client.GetAsync(new Uri($"coaps://127.0.0.1:{proxy.Port}/who")).WaitAsync(TimeSpan.FromMinutes(1))).Text.Should().Be("PreSharedKey sensor-1", $"of seed {seed}");
            }
        }
    }

    [Test]
    public async Task What_is_replayed_or_changed_does_nothing()
    {
        await using CoapServer server = Keyed.Server();
        int asked = 0;
        server.Map("count", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = Encoding.UTF8.GetBytes($"{Interlocked.Increment(ref asked)}") }));
        await using var proxy = new UdpProxy(server.DtlsEndPoint!);
        await using CoapClient client = Keyed.Client();
        var uri = new Uri($"coaps://127.0.0.1:{proxy.Port}/count");
        await client.GetAsync(uri).WaitAsync(Limits.Wait);
        var random = new Random(1);
        List<byte[]> former = [];
        int carried = 0;
        proxy.Rule = (datagram, _) =>
        {
            lock (former)
            {
                former.Add(datagram);
                byte[][] replayed = [.. Enumerable.Range(0, 5).Select(_ => former[random.Next(former.Count)])];
                byte[][] changed = [.. Enumerable.Range(0, 20).Select(_ => Changed(datagram, random))];
                carried += replayed.Length + changed.Length;
                return [.. changed, datagram, .. replayed];
            }
        };
        for (int i = 2; i <= 101; i++)
        {
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Text.Should().Be(i.ToString(CultureInfo.InvariantCulture));
        }

        carried.Should().BeGreaterThan(4000);
        asked.Should().Be(101);
        server.Statistics.Duplicates.Should().Be(0, "what is replayed does not get so far");
        server.Statistics.Malformed.Should().Be(0, "nor does what is changed");
        server.DtlsStatistics.Established.Should().Be(1);
    }

    [Test]
    public async Task There_are_no_more_sessions_than_allowed()
    {
        await using CoapServer server = Keyed.Server(static dtls => dtls with { MaximumSessions = 1 });
        await using CoapClient second = Keyed.Client(change: static dtls => dtls with { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        await using (CoapClient first = Keyed.Client())
        {
            await first.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait);
            await FluentActions.Awaiting(() => second.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>();
            server.DtlsStatistics.Refused.Should().BeGreaterThan(0);
            server.DtlsStatistics.Sessions.Should().Be(1);
        }

        await Limits.UntilAsync(() => server.DtlsStatistics.Sessions == 0, "the first has said good-bye");
        await second.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_session_that_was_idle_is_taken_up_again([Values] bool hasLostItsKey)
    {
        byte[]? key = Encoding.UTF8.GetBytes(Keyed.Key);
        await using CoapServer server = Keyed.Server(dtls => dtls with { IdleTimeout = TimeSpan.FromSeconds(1), PreSharedKeys = _ => key });
        await using CoapClient client = Keyed.Client(change: static dtls => dtls with { HandshakeTimeout = TimeSpan.FromSeconds(3), SilenceTimeout = TimeSpan.FromSeconds(1) });
        await client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait);
        await Limits.UntilAsync(() => server.DtlsStatistics.Sessions == 0, "it is closed");
        if (hasLostItsKey)
        {
            key = null;
            await FluentActions.Awaiting(() => client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>();
            return;
        }

        (await client.GetAsync(Keyed.Uri(server, "who")).WaitAsync(Limits.Wait)).Text.Should().Be("PreSharedKey sensor-1");
        server.DtlsStatistics.Resumed.Should().Be(1);
    }

    [Test]
    public async Task A_server_that_begins_anew_is_asked_again([Values] bool saysGoodBye, [Values] bool postsFirst)
    {
        CoapServer first = Keyed.Server();
        int port = first.DtlsEndPoint!.Port;
        await using var proxy = new UdpProxy(first.DtlsEndPoint!);
        await using CoapClient client = Keyed.Client(change: static dtls => dtls with { SilenceTimeout = TimeSpan.FromSeconds(1) });
        var uri = new Uri($"coaps://127.0.0.1:{proxy.Port}/who");
        await client.GetAsync(uri).WaitAsync(Limits.Wait);
        int lost = 0;
        if (!saysGoodBye)
        {
            proxy.Rule = (_, _) =>
            {
                Interlocked.Increment(ref lost);
                return [];
            };
        }

        await first.DisposeAsync();
        await Limits.UntilAsync(() => saysGoodBye || Volatile.Read(ref lost) > 0, "the good-bye is lost");
        await using CoapServer second = Keyed.Server(port: port);
        proxy.Rule = static (datagram, _) => [datagram];
        if (!saysGoodBye && postsFirst)
        {
            await FluentActions.Awaiting(() => client.PostAsync(uri, default).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>("nobody answers what is asked in the former session, and it might have had its effect")
                .WithMessage("*closed before there was an answer*");
        }

        (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Text.Should().Be("PreSharedKey sensor-1");
        second.DtlsStatistics.Established.Should().Be(1);
    }

    [Test]
    public async Task A_client_that_begins_anew_at_its_old_port_gets_a_new_session()
    {
        await using CoapServer server = Keyed.Server();
        await using var proxy = new UdpProxy(server.DtlsEndPoint!);
        var uri = new Uri($"coaps://127.0.0.1:{proxy.Port}/who");
        await using CoapClient first = Keyed.Client();
        await first.GetAsync(uri).WaitAsync(Limits.Wait);

        // The server sees both at the proxy's port.
        await using CoapClient second = Keyed.Client();
        (await second.GetAsync(uri).WaitAsync(Limits.Wait)).Text.Should().Be("PreSharedKey sensor-1");
        server.DtlsStatistics.Established.Should().Be(2);
        server.DtlsStatistics.Sessions.Should().Be(1);
    }

    [Test]
    public void Without_OpenSSL_it_is_said_what_to_do() =>
        FluentActions.Invoking(static () => OpenSsl.Load([("libnowhere.so", "libnowhere-either.so")])).Should().Throw<CoapException>().WithMessage("*needs OpenSSL*libnowhere.so*install it*");

    [Test]
    public void Options_are_checked()
    {
        FluentActions.Invoking(static () => CoapServer.Start(new CoapServerOptions { Port = 0, Dtls = new CoapDtlsServerOptions { Port = 0 } })).Should().Throw<ArgumentException>().WithMessage("*PreSharedKeys or Certificate*");
        using var certificates = new Certificates();
        using var issued = certificates.Issue("server");
        using var withoutKey = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(issued.RawData);
        FluentActions.Invoking(() => CoapServer.Start(new CoapServerOptions { Port = 0, Dtls = new CoapDtlsServerOptions { Port = 0, Certificate = withoutKey } })).Should().Throw<ArgumentException>().WithMessage("*private key*");
        new CoapPreSharedKey("me", new byte[] { 7, 7 }).ToString().Should().Be("CoapPreSharedKey me");
    }

    private static byte[] Changed(byte[] datagram, Random random)
    {
        byte[] changed = [.. datagram];
        changed[random.Next(changed.Length)] ^= (byte)random.Next(1, 256);
        return random.Next(4) == 0 ? changed[..random.Next(1, changed.Length)] : changed;
    }
}
