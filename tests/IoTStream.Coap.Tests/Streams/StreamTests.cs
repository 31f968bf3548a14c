using System.Net;
using System.Net.Sockets;
using System.Text;
using IoTStream.Coap.Tests.Peers;
using IoTStream.Mqtt.Tests.Broker;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Streams;

/// <summary>RFC 8323: connections, with and without TLS, with this client and server and with libcoap's.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class StreamTests
{
    // What this end says first: messages up to 64 KiB, and block-wise transfers.
    private const string Settings = "50E12301000020";

    [TestCase("00E1" + "00E2", Settings + "00E3", TestName = "A ping is answered")]
    [TestCase("00E1" + "01E27F", Settings + "01E37F", TestName = "A ping is answered with its token")]
    [TestCase("00E1" + "0000" + "00E2", Settings + "00E3", TestName = "An empty message is passed over")]
    [TestCase("00E1" + "2101AA8261", null, TestName = "A request with an option that is cut ends the connection")]
    [TestCase("00E2", Settings + "00E5", TestName = "A ping before the settings ends the connection")]
    [TestCase("0101AA", Settings + "00E5", TestName = "A request before the settings ends the connection")]
    [TestCase("10E110" + "00E2", Settings + "20E52101", TestName = "A critical setting that is not known ends the connection")]
    [TestCase("00E1" + "F00000FFFF01", Settings + "00E5", TestName = "A message that is too large ends the connection")]
    [TestCase("00E1" + "0900", Settings + "00E5", TestName = "A token that is too long ends the connection")]
    [TestCase("00E1" + "00E4", Settings, TestName = "A release ends the connection")]
    [TestCase("00E1" + "00E5", Settings, TestName = "An abort ends the connection")]
    public async Task Signals_are_answered_as_they_have_to_be(string sent, string? expected)
    {
        await using CoapServer server = Start();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(Limits.Wait);
        await socket.ConnectAsync(server.TcpEndPoint!, limit.Token);
        await socket.SendAsync(Convert.FromHexString(sent), limit.Token);
        if (expected?.EndsWith("E3", StringComparison.Ordinal) == true || expected?.EndsWith("7F", StringComparison.Ordinal) == true)
        {
            (await ReadAsync(socket, expected.Length / 2, limit.Token)).Should().Be(expected);
            return;
        }

        string all = await ReadAsync(socket, int.MaxValue, limit.Token);
        all.Should().StartWith(expected ?? Settings);
        if (expected is null)
        {
            all.Should().Contain("00E5");
        }
    }

    [Test]
    public async Task Requests_go_over_one_connection_whole_or_in_blocks([Values(10, 30_000, 200_000)] int size)
    {
        await using CoapServer server = Start();
        await using var client = new CoapClient();
        byte[]? seen = null;
        server.Map("a", (request, _) =>
        {
            seen = request.Payload.ToArray();
            return new(new CoapResponse { Code = CoapCode.Changed, Payload = request.Payload });
        });
        byte[] body = [.. Enumerable.Range(0, size).Select(static i => (byte)(i * i / 7))];
        CoapResponse response = await client.PutAsync(Uri(server, "a"), body).WaitAsync(Limits.Wait);
        response.Payload.ToArray().Should().Equal(body);
        seen.Should().Equal(body);
    }

    [Test]
    public async Task A_value_is_observed_over_a_connection_and_forgotten_with_it()
    {
        await using CoapServer server = Start();
        CoapValue value = server.MapValue("value");
        value.Set("0"u8.ToArray());
        var client = new CoapClient();
        List<string> seen = [];
        await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = Uri(server, "value") }))
        {
            seen.Add(state.Text);
            if (seen.Count == 5)
            {
                break;
            }

            value.Set(Encoding.UTF8.GetBytes($"{seen.Count}"));
        }

        seen.Should().Equal("0", "1", "2", "3", "4");
        await client.DisposeAsync();
        value.Set("x"u8.ToArray());
        await Limits.UntilAsync(() => value.Observers == 0, "the observer is forgotten");
    }

    [Test]
    public async Task A_connection_that_was_lost_is_made_again()
    {
        int port = FreePorts.Next();
        await using var client = new CoapClient();
        for (int life = 0; life < 3; life++)
        {
            await using CoapServer server = Start(port);
            server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Content }));
            var uri = new Uri($"coap+tcp://127.0.0.1:{port}/a");
            CoapResponse? response = null;
            await Limits.UntilAsync(() => TryAsync().GetAwaiter().GetResult(), "it answers");
            response!.Code.Should().Be(CoapCode.Content);

            async Task<bool> TryAsync()
            {
                try
                {
                    response = await client.GetAsync(uri).WaitAsync(Limits.Wait);
                    return true;
                }
                catch (CoapException)
                {
                    return false;
                }
            }
        }
    }

    [Test]
    public async Task Nobody_there_is_an_exception()
    {
        await using var client = new CoapClient();
        await FluentActions.Awaiting(() => client.GetAsync(new Uri($"coap+tcp://127.0.0.1:{FreePorts.Next()}/a"))).Should().ThrowAsync<CoapException>().WithMessage("*no connection*");
    }

    [Test]
    public async Task Libcoap_s_client_asks_over_a_connection()
    {
        await using CoapServer server = Start();
        server.Map("a", (request, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = Encoding.UTF8.GetBytes($"{request.Method} {request.Payload.Length}") }));
        (await Libcoap.AskAsync("-m", "get", $"coap+tcp://127.0.0.1:{server.TcpEndPoint!.Port}/a")).Output.Should().Be("Get 0");
        (await Libcoap.AskAsync("-m", "put", "-e", "12345", $"coap+tcp://127.0.0.1:{server.TcpEndPoint!.Port}/a")).Output.Should().Be("Put 5");
    }

    [Test]
    public async Task Libcoap_s_client_observes_and_sends_large_bodies_over_tls([Values("openssl", "gnutls")] string build)
    {
        using var certificates = new Certificates();
        using var servers = certificates.Issue("server");
        await using CoapServer server = CoapServer.Start(
            new CoapServerOptions { Address = IPAddress.Loopback, Port = 0, Tcp = new CoapTcpOptions { TlsPort = 0, Certificate = servers, MaximumMessageSize = LargestWith(build) } });
        byte[] stored = [];
        server.Map("large", (request, _) =>
        {
            stored = request.Payload.ToArray();
            return new(new CoapResponse { Code = CoapCode.Changed });
        });
        string sent = Path.GetTempFileName();
        try
        {
            byte[] body = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * i / 5))];
            await File.WriteAllBytesAsync(sent, body);
            (_, string errors) = await Libcoap.AskWithAsync(build, "-B", "10", "-C", certificates.AuthorityFile, "-m", "put", "-f", sent, $"coaps+tcp://127.0.0.1:{server.TlsEndPoint!.Port}/large");
            stored.Should().Equal(body, errors);
        }
        finally
        {
            File.Delete(sent);
        }

        CoapValue value = server.MapValue("value");
        value.Set("<0>"u8.ToArray());
        await using PeerProcess client = Libcoap.StartAskingWith(build, "-w", "-s", "15", "-C", certificates.AuthorityFile, "-m", "get", $"coaps+tcp://127.0.0.1:{server.TlsEndPoint!.Port}/value");
        await Observed.SeeAsync(client, value);
    }

    [Test]
    public async Task Libcoap_s_server_answers_over_a_connection()
    {
        (PeerProcess server, int port) = Libcoap.StartServer("-d", "10");
        await using (server)
        {
            await using var client = new CoapClient();
            var uri = new Uri($"coap+tcp://127.0.0.1:{port}/made");
            byte[] body = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * i / 5))];
            CoapResponse? response = null;
            await Limits.UntilAsync(() => TryAsync().GetAwaiter().GetResult(), "it listens");
            response!.Code.Should().Be(CoapCode.Created);
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Payload.ToArray().Should().Equal(body);

            async Task<bool> TryAsync()
            {
                try
                {
                    response = await client.PutAsync(uri, body).WaitAsync(Limits.Wait);
                    return true;
                }
                catch (CoapException)
                {
                    return false;
                }
            }
        }
    }

    [Test]
    public async Task Certificates_say_who_is_who([Values("openssl", "gnutls")] string build, [Values] bool needsCertificate)
    {
        using var certificates = new Certificates();
        using var servers = certificates.Issue("server");
        using var clients = certificates.Issue("client");
        await using CoapServer server = CoapServer.Start(new CoapServerOptions
        {
            Address = IPAddress.Loopback,
            Port = 0,
            Tcp = new CoapTcpOptions { TlsPort = 0, Certificate = servers, ClientAuthorities = needsCertificate ? [certificates.Authority] : null },
        });
        server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = "secret"u8.ToArray() }));
        var uri = new Uri($"coaps+tcp://127.0.0.1:{server.TlsEndPoint!.Port}/a");

        await using (var client = new CoapClient(new CoapClientOptions { Tls = new CoapTlsOptions { Authorities = [certificates.Authority], ClientCertificate = needsCertificate ? clients : null } }))
        {
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Text.Should().Be("secret");
        }

        (string certificate, string key) = certificates.Files(clients);
        string[] own = needsCertificate ? ["-c", certificate, "-j", key] : [];
        (string output, string errors) = await Libcoap.AskWithAsync(build, [.. own, "-B", "10", "-C", certificates.AuthorityFile, "-m", "get", uri.OriginalString]);
        output.Should().Be("secret", errors);

        await using var stranger = new CoapClient();
        await FluentActions.Awaiting(() => stranger.GetAsync(uri).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>("nobody vouches for the server");
        if (needsCertificate)
        {
            await using var anonymous = new CoapClient(new CoapClientOptions { Tls = new CoapTlsOptions { Authorities = [certificates.Authority] } });
            await FluentActions.Awaiting(() => anonymous.GetAsync(uri).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>("it does not say who it is");
            (output, _) = await Libcoap.AskWithAsync(build, "-B", "3", "-C", certificates.AuthorityFile, "-m", "get", uri.OriginalString);
            output.Should().NotContain("secret");
        }
    }

    [Test]
    public async Task Libcoap_s_server_with_a_certificate_is_asked([Values("openssl", "gnutls")] string build)
    {
        using var certificates = new Certificates();
        using var issued = certificates.Issue("server");
        (string certificate, string key) = certificates.Files(issued);
        (PeerProcess server, int port) = Libcoap.StartServerWith(build, "-d", "10", "-c", certificate, "-j", key, "-n", "-C", certificates.AuthorityFile);
        await using (server)
        {
            await using var client = new CoapClient(new CoapClientOptions { MaximumMessageSize = LargestWith(build), Tls = new CoapTlsOptions { Authorities = [certificates.Authority] } });
            var uri = new Uri($"coaps+tcp://127.0.0.1:{port + 1}/made");
            byte[] body = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * i / 5))];
            CoapResponse? response = null;
            await Limits.UntilAsync(() => TryAsync().GetAwaiter().GetResult(), "it listens");
            response!.Code.Should().Be(CoapCode.Created);
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Payload.ToArray().Should().Equal(body);

            async Task<bool> TryAsync()
            {
                try
                {
                    response = await client.PutAsync(uri, body).WaitAsync(Limits.Wait);
                    return true;
                }
                catch (CoapException)
                {
                    return false;
                }
            }
        }
    }

    // The build with GnuTLS loses messages that are larger than a record of TLS, 16 KiB; its client does with its own server, too.
    private static int LargestWith(string build) => build == "gnutls" ? 8 << 10 : 64 << 10;

    private static CoapServer Start(int port = 0) =>
        CoapServer.Start(new CoapServerOptions { Address = IPAddress.Loopback, Port = 0, Tcp = new CoapTcpOptions { Port = port } });

    private static Uri Uri(CoapServer server, string path) => new($"coap+tcp://127.0.0.1:{server.TcpEndPoint!.Port}/{path}");

    private static async Task<string> ReadAsync(Socket socket, int most, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[1000];
        while (text.Length / 2 < most)
        {
            int length = await socket.ReceiveAsync(buffer, cancellationToken);
            if (length == 0)
            {
                break;
            }

            text.Append(Convert.ToHexString(buffer, 0, length));
        }

        return text.ToString();
    }
}
