using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Kafka.Tests.Security;

namespace IoTStream.Kafka.Tests.Real;

/// <summary>
/// TLS and SASL with a real cluster: IOTSTREAM_TEST_KAFKA_TLS has the bootstrap servers of a listener that asks for both, IOTSTREAM_TEST_KAFKA_CA the file of its authority's certificate, IOTSTREAM_TEST_KAFKA_USER the
/// name and the password, with a colon between, of somebody who may do everything.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class SecureClusterTests
{
    private readonly string? _servers = Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KAFKA_TLS");
    private readonly string[] _user = (Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KAFKA_USER") ?? ":").Split(':', 2);

    [OneTimeSetUp]
    public void Require()
    {
        NativeClient.Require();
        if (string.IsNullOrEmpty(_servers))
        {
            Assert.Ignore("There is no real Kafka cluster with TLS and SASL: set IOTSTREAM_TEST_KAFKA_TLS, IOTSTREAM_TEST_KAFKA_CA and IOTSTREAM_TEST_KAFKA_USER.");
        }
    }

    [Test]
    public async Task Messages_come_and_go_with_a_password([Values("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")] string mechanism, [Values] bool exactlyOnce)
    {
        KafkaCluster cluster = Cluster(mechanism, _user[1]);
        await RoundTrip.RunAsync(cluster, await CreateTopicAsync(cluster), exactlyOnce);
    }

    [Test]
    public async Task Another_password_is_refused([Values("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")] string mechanism)
    {
        Func<Task> start = () => RunningSource<string>.StartAsync(KafkaSource.Read("any", Cluster(mechanism, "another") with { OpenTimeout = TimeSpan.FromSeconds(2) }, Text.Codec));
        (await start.Should().ThrowAsync<Runtime.JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*could not find out*The last that it met*");
    }

    private KafkaCluster Cluster(string mechanism, string password) => new(_servers!)
    {
        Tls = new KafkaTls { Authorities = File.ReadAllText(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KAFKA_CA")!) },
        Sasl = mechanism switch
        {
            "PLAIN" => KafkaSasl.Plain(_user[0], password),
            "SCRAM-SHA-256" => KafkaSasl.ScramSha256(_user[0], password),
            _ => KafkaSasl.ScramSha512(_user[0], password),
        },
    };

    private static async Task<string> CreateTopicAsync(KafkaCluster cluster)
    {
        string name = $"iotstream-test-{Guid.NewGuid():N}";
        var config = new AdminClientConfig();
        cluster.Configure(config);
        using IAdminClient admin = new AdminClientBuilder(config).SetLogHandler(static (_, _) => { }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = 3, ReplicationFactor = -1 }]);
        return name;
    }
}
