using System.Text;
using IoTStream.Coap.Tests.Peers;
using IoTStream.Mqtt.Tests.Broker;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Dtls;

/// <summary>libcoap's client and server over DTLS, in the builds with OpenSSL and with GnuTLS.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class DtlsWithLibcoapTests
{
    [Test]
    public async Task Clients_with_the_key_are_answered([Values("openssl", "gnutls")] string build)
    {
        await using CoapServer server = Keyed.Server();
        (string output, string errors) = await Libcoap.AskWithAsync(build, "-B", "10", "-u", Keyed.Identity, "-k", Keyed.Key, "-m", "get", Keyed.Uri(server, "who").OriginalString);
        output.Should().Be("PreSharedKey sensor-1", errors);
        server.DtlsStatistics.Established.Should().Be(1);
    }

    [Test]
    public async Task Clients_without_the_key_learn_nothing([Values("openssl", "gnutls")] string build, [Values] bool isIdentityKnown)
    {
        await using CoapServer server = Keyed.Server();
        int asked = 0;
        server.Map("secret", (_, _) =>
        {
            asked++;
            return new(new CoapResponse { Code = CoapCode.Content, Payload = "secret"u8.ToArray() });
        });
        (string output, _) = await Libcoap.AskWithAsync(
            build, "-B", "3", "-u", isIdentityKnown ? Keyed.Identity : "stranger", "-k", isIdentityKnown ? "another key" : Keyed.Key, "-m", "get", Keyed.Uri(server, "secret").OriginalString);
        output.Should().NotContain("secret");
        asked.Should().Be(0);
        server.DtlsStatistics.Established.Should().Be(0);
        server.DtlsStatistics.UnknownIdentities.Should().Be(isIdentityKnown ? 0 : 1);
    }

    [Test]
    public async Task Large_bodies_go_both_ways([Values("openssl", "gnutls")] string build)
    {
        await using CoapServer server = Keyed.Server();
        byte[] stored = [];
        server.Map("large", (request, _) =>
        {
            if (request.Method == CoapCode.Put)
            {
                stored = request.Payload.ToArray();
                return new(new CoapResponse { Code = CoapCode.Changed });
            }

            return new(new CoapResponse { Code = CoapCode.Content, Payload = stored, ContentFormat = CoapContentFormat.OctetStream });
        });
        string folder = Directory.CreateTempSubdirectory("iotstream-coap-").FullName;
        try
        {
            byte[] body = Keyed.Body(100_000);
            string sent = Path.Combine(folder, "sent");
            string received = Path.Combine(folder, "received");
            await File.WriteAllBytesAsync(sent, body);
            string[] common = ["-B", "20", "-u", Keyed.Identity, "-k", Keyed.Key];
            string uri = Keyed.Uri(server, "large").OriginalString;
            await Libcoap.AskWithAsync(build, [.. common, "-m", "put", "-f", sent, uri]);
            stored.Should().Equal(body);
            await Libcoap.AskWithAsync(build, [.. common, "-m", "get", "-o", received, uri]);
            (await File.ReadAllBytesAsync(received)).Should().Equal(body);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Clients_observe_a_value([Values("openssl", "gnutls")] string build)
    {
        await using CoapServer server = Keyed.Server();
        CoapValue value = server.MapValue("value");
        value.Set("<0>"u8.ToArray());
        await using PeerProcess client = Libcoap.StartAskingWith(build, "-w", "-s", "15", "-u", Keyed.Identity, "-k", Keyed.Key, "-m", "get", Keyed.Uri(server, "value").OriginalString);
        await Observed.SeeAsync(client, value);
    }

    [Test]
    public async Task Servers_with_the_key_are_asked([Values("openssl", "gnutls")] string build)
    {
        (PeerProcess server, int port) = Libcoap.StartServerWith(build, "-d", "10", "-k", Keyed.Key, "-h", "a hint");
        await using (server)
        {
            await using CoapClient client = Keyed.Client();
            await ReadyAsync(port);
            var uri = new Uri($"coaps://127.0.0.1:{port + 1}/made");
            byte[] body = Keyed.Body(100_000);
            (await client.PutAsync(uri, body).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Created);
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Payload.ToArray().Should().Equal(body);
            await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = new Uri($"coaps://127.0.0.1:{port + 1}/time") }))
            {
                if (state.Observe > 1)
                {
                    break;
                }
            }
        }
    }

    [Test]
    public async Task A_server_with_another_key_is_not_asked([Values("openssl", "gnutls")] string build)
    {
        (PeerProcess server, int port) = Libcoap.StartServerWith(build, "-d", "10", "-k", "another key");
        await using (server)
        {
            await using CoapClient client = Keyed.Client(change: static dtls => dtls with { HandshakeTimeout = TimeSpan.FromSeconds(3) });
            await ReadyAsync(port);
            await FluentActions.Awaiting(() => client.GetAsync(new Uri($"coaps://127.0.0.1:{port + 1}/")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>().WithMessage("There is no session*");
        }
    }

    [Test]
    public async Task Clients_show_certificates([Values("openssl", "gnutls")] string build, [Values] bool needsCertificate)
    {
        using var certificates = new Certificates();
        using var servers = certificates.Issue("server");
        using var clients = certificates.Issue("client");
        await using CoapServer server = Keyed.Server(dtls => dtls with { PreSharedKeys = null, Certificate = servers, ClientAuthorities = needsCertificate ? [certificates.Authority] : null });
        (string certificate, string key) = certificates.Files(clients);
        string uri = Keyed.Uri(server, "who").OriginalString;
        string[] own = needsCertificate ? ["-c", certificate, "-j", key] : [];
        (string output, string errors) = await Libcoap.AskWithAsync(build, [.. own, "-B", "10", "-C", certificates.AuthorityFile, "-m", "get", uri]);
        output.Trim().Should().Be(needsCertificate ? "Certificate CN=client" : "", errors);
        if (needsCertificate)
        {
            (output, _) = await Libcoap.AskWithAsync(build, "-B", "3", "-C", certificates.AuthorityFile, "-m", "get", uri);
            output.Should().NotContain("Certificate");
        }
    }

    [Test]
    public async Task A_server_shows_its_certificate([Values("openssl", "gnutls")] string build)
    {
        using var certificates = new Certificates();
        using var issued = certificates.Issue("server");
        (string certificate, string key) = certificates.Files(issued);
        (PeerProcess server, int port) = Libcoap.StartServerWith(build, "-c", certificate, "-j", key, "-n", "-C", certificates.AuthorityFile);
        await using (server)
        {
            await ReadyAsync(port);
            var uri = new Uri($"coaps://127.0.0.1:{port + 1}/");
            await using (var client = new CoapClient(new CoapClientOptions { Dtls = new CoapDtlsClientOptions { Authorities = [certificates.Authority], ClientCertificate = issued } }))
            {
                (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Content);
            }

            await using var stranger = new CoapClient();
            await FluentActions.Awaiting(() => stranger.GetAsync(uri).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>().WithMessage("*certificate*");
        }
    }

    /// <summary>A datagram that comes before the server listens is lost, and repeated only after a second.</summary>
    private static async Task ReadyAsync(int port)
    {
        await using var client = new CoapClient(new CoapClientOptions { Transmission = new CoapTransmission { AckTimeout = TimeSpan.FromMilliseconds(50) } });
        (await client.GetAsync(new Uri($"coap://127.0.0.1:{port}/")).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Content);
    }
}
