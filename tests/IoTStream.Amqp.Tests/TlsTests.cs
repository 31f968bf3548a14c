using System.Security.Cryptography.X509Certificates;
using IoTStream.Amqp.Tests.Peers;
using IoTStream.Mqtt.Tests.Broker;

namespace IoTStream.Amqp.Tests;

/// <summary>TLS, with RabbitMQ at the other end.</summary>
public sealed class TlsTests
{
    private RabbitMqServer _server = null!;
    private PlainClient _client = null!;

    [OneTimeSetUp]
    public async Task ConnectAsync()
    {
        _server = await SharedServer.GetAsync();
        _client = await PlainClient.ConnectAsync(_server.Port);
    }

    [OneTimeTearDown]
    public async Task DisconnectAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
    }

    [TestCase("localhost")]
    [TestCase("127.0.0.1")]
    public async Task Messages_travel_encrypted(string host)
    {
        string queue = await _client.QueueAsync();
        AmqpServer server = new($"{host}:{_server.TlsPort}") { Tls = new AmqpTls { Authorities = [_server.Authority.Authority] } };
        await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, server, Text.Codec));
        string large = new('x', 200_000);
        await _client.PublishAsync(queue, [large]);
        await source.TakeAsync(1);
        source.Values.Should().Equal(large);
    }

    [Test]
    public async Task A_server_that_is_not_trusted_is_not_talked_to()
    {
        using var others = new Certificates();
        AmqpTls[] wrong =
        [
            new(),
            new() { Authorities = [others.Authority] },
            new() { Authorities = [_server.Authority.Authority], ServerName = "another.example" },
        ];
        foreach (AmqpTls tls in wrong)
        {
            Func<Task> start = async () => await RunningSource.StartAsync(AmqpSource.Consume("any", new AmqpServer($"localhost:{_server.TlsPort}") { Tls = tls }, Text.Codec));
            (await start.Should().ThrowAsync<Exception>()).Which.ToString().Should().Contain("is not trusted");
        }
    }

    [Test]
    public async Task A_client_proves_who_it_is_by_its_certificate()
    {
        string queue = await _client.QueueAsync();
        await _client.PublishAsync(queue, ["a"]);
        using X509Certificate2 gateway = _server.Authority.Issue(RabbitMqServer.CertifiedUser);
        using X509Certificate2 stranger = _server.Authority.Issue("stranger");
        var tls = new AmqpTls { Authorities = [_server.Authority.Authority], ClientCertificate = gateway };
        AmqpServer server = new($"localhost:{_server.TlsPort}") { Tls = tls, AuthenticatesByCertificate = true };
        await using (RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, server, Text.Codec)))
        {
            await source.TakeAsync(1);
        }

        Func<Task> start = async () => await RunningSource.StartAsync(AmqpSource.Consume(queue, server with { Tls = tls with { ClientCertificate = stranger } }, Text.Codec));
        (await start.Should().ThrowAsync<Exception>()).Which.ToString().Should().Contain("does not let the client in");
    }
}
