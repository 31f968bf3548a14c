using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace IoTStream.Kafka.Tests.Peers;

/// <summary>The cluster that IOTSTREAM_TEST_KAFKA names, by its bootstrap servers. Nothing starts one: what needs transactions as they are has to have one that somebody runs.</summary>
internal static class RealCluster
{
    public static string? Servers => Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KAFKA") is { Length: > 0 } servers ? servers : null;

    public static KafkaCluster Options => new(Servers!);

    /// <summary>Ignores the test if there is none.</summary>
    public static void Require()
    {
        NativeClient.Require();
        if (Servers is null)
        {
            Assert.Ignore("There is no real Kafka cluster: set IOTSTREAM_TEST_KAFKA to the bootstrap servers of one. librdkafka's mock cluster shows aborted messages, so it cannot stand in.");
        }
    }

    /// <summary>Creates a topic of a name that no other test has.</summary>
    public static async Task<string> CreateTopicAsync(int partitions, bool isCompacted = false)
    {
        string name = $"iotstream-test-{Guid.NewGuid():N}";
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Servers }).SetLogHandler(static (_, _) => { }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = -1, Configs = new() { ["cleanup.policy"] = isCompacted ? "compact" : "delete" } }]);
        return name;
    }
}
