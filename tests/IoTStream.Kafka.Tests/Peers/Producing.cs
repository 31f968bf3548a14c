using System.Text;
using Confluent.Kafka;

namespace IoTStream.Kafka.Tests.Peers;

/// <summary>Messages from the bare client.</summary>
internal static class Producing
{
    /// <summary>Produces texts, in order, and waits until the cluster has them.</summary>
    public static Task TextsAsync(string servers, string topic, int partition, params IEnumerable<string> texts) =>
        AllAsync(servers, texts.Select(text => (new TopicPartition(topic, partition), new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes(text) })));

    public static async Task AllAsync(string servers, IEnumerable<(TopicPartition To, Message<byte[]?, byte[]?> Message)> messages)
    {
        using IProducer<byte[]?, byte[]?> producer = Create(servers);
        Task<DeliveryResult<byte[]?, byte[]?>>[] deliveries = [.. messages.Select(message => producer.ProduceAsync(message.To, message.Message))];
        await Task.WhenAll(deliveries).WaitAsync(Limits.Wait);
    }

    public static IProducer<byte[]?, byte[]?> Create(string servers, string? transactionalId = null) => new ProducerBuilder<byte[]?, byte[]?>(
        new ProducerConfig { BootstrapServers = servers, LingerMs = 1, TransactionalId = transactionalId })
        .SetKeySerializer(Serializers.ByteArray!).SetValueSerializer(Serializers.ByteArray!).SetLogHandler(static (_, _) => { }).Build();

    /// <summary>All messages of a topic that are there now, each partition in order.</summary>
    public static IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> Read(string servers, string topic, bool uncommitted = false)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = servers,
            GroupId = "reader",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
            IsolationLevel = uncommitted ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted,
        };
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetKeyDeserializer(Nullable).SetValueDeserializer(Nullable).SetLogHandler(static (_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        List<PartitionMetadata> partitions = admin.GetMetadata(topic, Limits.Wait).Topics[0].Partitions;
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(topic, partition.PartitionId, Offset.Beginning)));
        List<ConsumeResult<byte[]?, byte[]?>> results = [];
        for (int ended = 0; ended < partitions.Count;)
        {
            ConsumeResult<byte[]?, byte[]?>? result = consumer.Consume(Limits.Wait);
            result.Should().NotBeNull("the end of each partition is told");
            if (result!.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                results.Add(result);
            }
        }

        consumer.Close();
        return [.. results.OrderBy(static result => result.Partition.Value).ThenBy(static result => result.Offset.Value)];
    }

    /// <summary>The values of a topic as texts.</summary>
    public static IReadOnlyList<string> ReadTexts(string servers, string topic, bool uncommitted = false) =>
        [.. Read(servers, topic, uncommitted).Select(static result => Encoding.UTF8.GetString(result.Message.Value ?? []))];

    private static IDeserializer<byte[]?> Nullable { get; } = new NullableBytes();

    private sealed class NullableBytes : IDeserializer<byte[]?>
    {
        public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : data.ToArray();
    }
}
