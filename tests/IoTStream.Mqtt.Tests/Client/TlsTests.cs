using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>TLS, with Mosquitto at the other end.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class TlsTests
{
    private readonly X509Certificate2 _authority = CreateAuthority();
    private string _folder = "";

    [OneTimeSetUp]
    public void CreateCertificates()
    {
        _folder = Directory.CreateTempSubdirectory("mqtt-tls-").FullName;
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), _authority.ExportCertificatePem());
        using X509Certificate2 server = Issue("localhost");
        File.WriteAllText(Path.Combine(_folder, "server.pem"), server.ExportCertificatePem());
        using RSA key = server.GetRSAPrivateKey()!;
        File.WriteAllText(Path.Combine(_folder, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    [OneTimeTearDown]
    public void DeleteCertificates()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Messages_travel_encrypted([Values] MqttProtocolVersion version)
    {
        await using MosquittoBroker broker = await StartAsync();
        await using var client = new MqttClient(Options(broker.Port, version) with
        {
            Host = "localhost",
            Tls = new MqttTlsOptions { Authorities = [_authority] },
        });
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> received = await client.ListenAsync(Qos1, "t");
        string large = new('x', 200_000);
        await client.PublishAsync("t", Bytes(large), Qos1).AsTask().WaitAsync(Limits.Wait);
        (await received.NextAsync()).Payload.Should().Be(large);
    }

    [Test]
    public async Task A_server_that_is_not_trusted_is_not_talked_to()
    {
        await using MosquittoBroker broker = await StartAsync();
        MqttClientOptions options = Options(broker.Port) with { Host = "localhost" };
        MqttTlsOptions[] wrong =
        [
            new(),
            new() { Authorities = [_authority], ServerName = "another.example" },
        ];
        foreach (MqttTlsOptions tls in wrong)
        {
            // Patience does not help: a certificate does not become valid by asking again.
            await using var client = new MqttClient(options with { Tls = tls, Reconnect = new MqttReconnectOptions { RetryFirst = true } });
            (await FluentActions.Awaiting(() => client.ConnectAsync().WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>())
                .WithInnerException<AuthenticationException>();
        }
    }

    [Test]
    public async Task A_client_proves_who_it_is_by_its_certificate()
    {
        await using MosquittoBroker broker = await StartAsync("require_certificate true", "use_identity_as_username true");
        var tls = new MqttTlsOptions { Authorities = [_authority] };
        MqttClientOptions options = Options(broker.Port) with { Host = "localhost", Tls = tls };
        await using (var anonymous = new MqttClient(options))
        {
            await FluentActions.Awaiting(() => anonymous.ConnectAsync().WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>();
        }

        using X509Certificate2 certificate = Issue("gateway-7");
        await using var client = new MqttClient(options with { Tls = tls with { ClientCertificate = certificate } });
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        await client.PublishAsync("t", default, Qos1).AsTask().WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task A_web_socket_can_be_encrypted_and_checks_certificates_likewise()
    {
        (MosquittoBroker broker, int port) = await Mosquitto.StartWithWebSocketsAsync(
            $"cafile {_folder}/ca.pem", $"certfile {_folder}/server.pem", $"keyfile {_folder}/server.key", "require_certificate true");
        await using MosquittoBroker running = broker;
        using X509Certificate2 certificate = Issue("gateway-7");
        var tls = new MqttTlsOptions { Authorities = [_authority], ClientCertificate = certificate };
        MqttClientOptions options = Options(port) with { Host = "localhost", WebSocketPath = "/mqtt", Tls = tls };
        await using var client = new MqttClient(options);
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        await client.PublishAsync("t", default, Qos1).AsTask().WaitAsync(Limits.Wait);

        await using var distrustful = new MqttClient(options with { Tls = tls with { Authorities = null } });
        (await FluentActions.Awaiting(() => distrustful.ConnectAsync().WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>())
            .WithInnerException<AuthenticationException>();
    }

    [Test]
    public async Task Application_protocols_are_offered()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using X509Certificate2 issued = Issue("localhost");
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(issued.Export(X509ContentType.Pfx), password: null);
        await using var client = new MqttClient(Options(((IPEndPoint)listener.LocalEndpoint).Port) with
        {
            Host = "localhost",
            Tls = new MqttTlsOptions { Authorities = [_authority], ApplicationProtocols = ["x", "mqtt"] },
        });
        _ = client.ConnectAsync();
        using Socket socket = await listener.AcceptSocketAsync();
        await using var stream = new SslStream(new NetworkStream(socket));
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ApplicationProtocols = [new SslApplicationProtocol("mqtt")],
        }).WaitAsync(Limits.Wait);
        stream.NegotiatedApplicationProtocol.ToString().Should().Be("mqtt");
    }

    private static X509Certificate2 CreateAuthority()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(79));
    }

    private X509Certificate2 Issue(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(
            _authority, DateTimeOffset.UnixEpoch.AddYears(51), DateTimeOffset.UnixEpoch.AddYears(78), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private Task<MosquittoBroker> StartAsync(params string[] more) => Mosquitto.StartBrokerAsync(
        [$"cafile {_folder}/ca.pem", $"certfile {_folder}/server.pem", $"keyfile {_folder}/server.key", .. more]);
}
