using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Confluent.Kafka;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Mqtt.Tests.Broker;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests.Security;

/// <summary>TLS and SASL, with a gateway in front of the mock cluster that asks for them. Source and sink go through it, with all the clients that they make.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SecurityTests
{
    private const string Password = "a password, with = and ,";
    private Certificates _certificates = null!;
    private X509Certificate2 _broker = null!;

    [OneTimeSetUp]
    public void Issue()
    {
        NativeClient.Require();
        _certificates = new Certificates();
        _broker = _certificates.Issue("broker");
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _broker?.Dispose();
        _certificates?.Dispose();
    }

    [Test]
    public async Task Messages_travel_encrypted([Values("localhost", "127.0.0.1")] string host, [Values] bool exactlyOnce)
    {
        await using var gateway = new Gateway(Cluster()) { Certificate = _broker };
        await ThereAndBackAsync(new KafkaCluster($"{host}:{gateway.Port}") { Tls = Tls }, exactlyOnce);
    }

    [Test]
    public async Task A_broker_that_is_not_trusted_is_not_talked_to([Values("authority", "system", "name")] string wrong)
    {
        await using var gateway = new Gateway(Cluster()) { Certificate = _broker };
        using var others = new Certificates();
        KafkaCluster cluster = new($"{(wrong == "name" ? "127.0.0.2" : "localhost")}:{gateway.Port}")
        {
            Tls = wrong switch
            {
                "authority" => new KafkaTls { Authorities = others.Authority.ExportCertificatePem() },
                "system" => new KafkaTls(),
                _ => Tls,
            },
        };
        await FailAsync(cluster, wrong == "authority" ? "*SSL*" : "*certificate verify failed*");
        gateway.Refused.Should().BePositive();
    }

    [Test]
    public async Task A_client_proves_who_it_is_by_its_certificate()
    {
        await using var gateway = new Gateway(Cluster()) { Certificate = _broker, ClientAuthority = _certificates.Authority };
        using X509Certificate2 client = _certificates.Issue("plant");
        using ECDsa key = client.GetECDsaPrivateKey()!;
        string encrypted = key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        await ThereAndBackAsync(
            new KafkaCluster($"localhost:{gateway.Port}") { Tls = Tls with { ClientCertificate = client.ExportCertificatePem(), ClientKey = encrypted, ClientKeyPassword = "secret" } }, exactlyOnce: false);
        gateway.Clients.Should().NotBeEmpty().And.AllBe("CN=plant");
        gateway.Clients.Clear();
        await FailAsync(new KafkaCluster($"localhost:{gateway.Port}") { Tls = Tls }, "*");
        gateway.Clients.Should().BeEmpty();
    }

    [Test]
    public async Task A_client_proves_who_it_is_by_a_password([Values("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")] string mechanism, [Values] bool isEncrypted)
    {
        await using var gateway = new Gateway(Cluster())
        {
            Certificate = isEncrypted ? _broker : null,
            Sasl = asked => asked == mechanism ? SaslServer.ByPassword(asked, "plant", Password) : null,
        };
        var cluster = new KafkaCluster($"localhost:{gateway.Port}") { Tls = isEncrypted ? Tls : null, Sasl = Sasl(mechanism, Password) };
        await ThereAndBackAsync(cluster, exactlyOnce: isEncrypted);
        gateway.Clients.Should().NotBeEmpty().And.AllBe("plant");
    }

    [Test]
    public async Task A_client_with_another_password_is_not_let_in([Values("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")] string mechanism)
    {
        await using var gateway = new Gateway(Cluster()) { Certificate = _broker, Sasl = asked => asked == mechanism ? SaslServer.ByPassword(asked, "plant", Password) : null };
        var cluster = new KafkaCluster($"localhost:{gateway.Port}") { Tls = Tls, Sasl = Sasl(mechanism, "wrong") };
        await FailAsync(cluster, "*not let in*");
        await FailAsync(cluster with { Sasl = Sasl(mechanism == "PLAIN" ? "SCRAM-SHA-256" : "PLAIN", Password) }, "*mechanism*");
        gateway.Clients.Should().BeEmpty();
    }

    [Test]
    public async Task A_client_proves_who_it_is_by_tokens([Values] bool exactlyOnce)
    {
        int asked = 0;
        await using var gateway = new Gateway(Cluster())
        {
            Certificate = _broker,
            Sasl = static mechanism => SaslServer.ByToken(mechanism, static token => token.StartsWith("good", StringComparison.Ordinal) ? "plant" : null),
        };
        var cluster = new KafkaCluster($"localhost:{gateway.Port}")
        {
            Tls = Tls,
            Sasl = KafkaSasl.OAuthBearer(async cancellationToken =>
            {
                await Task.Yield();
                return Token($"good{Interlocked.Increment(ref asked)}") with { Extensions = new Dictionary<string, string> { ["site"] = "north" } };
            }),
        };
        await ThereAndBackAsync(cluster, exactlyOnce);
        gateway.Clients.Should().NotBeEmpty().And.AllBe("plant (site=north)");

        await FailAsync(cluster with { Sasl = KafkaSasl.OAuthBearer(static _ => ValueTask.FromResult(Token("bad"))) }, "*not let in*");
        await FailAsync(cluster with { Sasl = KafkaSasl.OAuthBearer(static _ => throw new InvalidOperationException("nobody gives one")) }, "*nobody gives one*");
    }

    [Test]
    public async Task A_token_is_asked_for_again_before_it_expires()
    {
        int asked = 0;
        await using var gateway = new Gateway(Cluster())
        {
            Sasl = static mechanism => SaslServer.ByToken(mechanism, static _ => "plant"),
        };
        var cluster = new KafkaCluster($"localhost:{gateway.Port}")
        {
            Sasl = KafkaSasl.OAuthBearer(_ => ValueTask.FromResult(Token($"{Interlocked.Increment(ref asked)}") with { Expires = TimeProvider.System.GetUtcNow().AddSeconds(3) })),
        };
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("messages", cluster, Text.Codec));
        await Limits.UntilAsync(() => Volatile.Read(ref asked) >= 3, "a third token");
    }

    [Test]
    public async Task A_scaled_application_proves_who_it_is_by_tokens()
    {
        var cluster = new MockCluster(1).Topic("numbers", 2).Topic("results", 1).Topic("counting-iotstream-owners", 1);
        foreach (string topic in new[] { "shards", "changelog", "by-key-repartition", "by-group-repartition" })
        {
            cluster.Topic($"counting-iotstream-{topic}", 2);
        }

        await using var gateway = new Gateway(cluster) { Sasl = static mechanism => SaslServer.ByToken(mechanism, static _ => "plant") };
        await Producing.TextsAsync(cluster.BootstrapServers, "numbers", 0, "1", "2", "3");
        var secure = new KafkaCluster($"localhost:{gateway.Port}") { Sasl = KafkaSasl.OAuthBearer(static _ => ValueTask.FromResult(Token("good"))) };
        await using KafkaApplication application = await ScaleOut.CountingTopology.Build(secure, "numbers", "results")
            .RunOnKafkaAsync(new KafkaScaleOutOptions(secure) { Shards = 2, SessionTimeout = TimeSpan.FromSeconds(1), EpochInterval = TimeSpan.FromMilliseconds(50) });
        await Limits.UntilAsync(() => Producing.ReadTexts(cluster.BootstrapServers, "results").Count >= 6, "all results");
        application.LastFailure.Should().BeNull();
    }

    [Test]
    public async Task A_client_gets_tokens_from_a_provider([Values] bool exactlyOnce)
    {
        await using var provider = new TokenEndpoint();
        await using var gateway = new Gateway(Cluster())
        {
            Certificate = _broker,
            Sasl = static mechanism => SaslServer.ByToken(mechanism, static token => token == TokenEndpoint.Token ? "plant" : null),
        };
        var cluster = new KafkaCluster($"localhost:{gateway.Port}") { Tls = Tls, Sasl = KafkaSasl.OpenIdConnect(provider.Address, "gateway-7", "a secret", "readings") };
        await ThereAndBackAsync(cluster, exactlyOnce);
        gateway.Clients.Should().NotBeEmpty().And.AllBe("plant");
        provider.Requests.Should().AllSatisfy(static request => request.Should()
            .Contain("grant_type=client_credentials").And.Contain("scope=readings")
            .And.Contain($"Basic {Convert.ToBase64String("gateway-7:a secret"u8)}"));
    }

    private KafkaTls Tls => new() { Authorities = _certificates.Authority.ExportCertificatePem() };

    private static KafkaToken Token(string value) => new(value, TimeProvider.System.GetUtcNow().AddHours(1), "plant");

    private static KafkaSasl Sasl(string mechanism, string password) => mechanism switch
    {
        "PLAIN" => KafkaSasl.Plain("plant", password),
        "SCRAM-SHA-256" => KafkaSasl.ScramSha256("plant", password),
        _ => KafkaSasl.ScramSha512("plant", password),
    };

    private static MockCluster Cluster() => new MockCluster(1).Topic("messages", 2).Topic("iotstream-epochs", 1);

    private static Task ThereAndBackAsync(KafkaCluster cluster, bool exactlyOnce) => RoundTrip.RunAsync(cluster, "messages", exactlyOnce);

    /// <summary>Neither a source nor a sink starts, and both say why.</summary>
    private static async Task FailAsync(KafkaCluster cluster, string why)
    {
        cluster = cluster with { OpenTimeout = TimeSpan.FromSeconds(1) };
        Func<Task> read = () => RunningSource<string>.StartAsync(KafkaSource.Read("messages", cluster, Text.Codec));
        (await read.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage(why);
        Func<Task> write = () => RoundTrip.WriteAsync(cluster, "messages", exactlyOnce: true);
        (await write.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage(why);
    }
}
