using System.Diagnostics;
using Confluent.Kafka;

namespace IoTStream.Benchmarks.Kafka;

/// <summary>The loops that somebody would write with Confluent.Kafka alone, with the settings that matter for speed as ours.</summary>
internal static class BareClient
{
    /// <summary>Consumes what there is.</summary>
    /// <returns>The time from the first message on.</returns>
    public static TimeSpan Consume(string servers, string topic, int count)
    {
        using IConsumer<Ignore, byte[]> consumer = CreateConsumer(servers, topic);
        long start = 0;
        double sum = 0;
        for (int read = 0; read < count; read++)
        {
            sum += Measured.Read(consumer.Consume().Message.Value).Value;
            start = read == 0 ? Stopwatch.GetTimestamp() : start;
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        consumer.Close();
        return sum > 0 ? elapsed : throw new InvalidOperationException("Nothing was read.");
    }

    /// <summary>Consumes, filters and maps as W1 does, and produces.</summary>
    /// <returns>The time from the first message on until all are delivered.</returns>
    public static TimeSpan Process(string servers, string topic, string output, int count)
    {
        using IConsumer<Ignore, byte[]> consumer = CreateConsumer(servers, topic);
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(
            new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true, CompressionType = CompressionType.Lz4, QueueBufferingMaxMessages = 0, DeliveryReportFields = "none", BatchSize = 1024 * 1024 }).SetLogHandler(static (_, _) => { }).Build();
        Error? failure = null;
        Action<DeliveryReport<Null, byte[]>> delivered = report => failure = report.Error.IsError ? report.Error : failure;
        long start = 0;
        for (int read = 0; read < count; read++)
        {
            Measured measured = Measured.Read(consumer.Consume().Message.Value);
            start = read == 0 ? Stopwatch.GetTimestamp() : start;
            if (measured.IsKept)
            {
                byte[] value = new byte[Measured.Size];
                measured.InFahrenheit.Write(value);
                producer.Produce(output, new Message<Null, byte[]> { Value = value }, delivered);
            }
        }

        producer.Flush();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        consumer.Close();
        return failure is null ? elapsed : throw new KafkaException(failure);
    }

    /// <summary>Fills a topic.</summary>
    public static void Fill(string servers, string topic, int partitions, int count)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(
            new ProducerConfig { BootstrapServers = servers, LingerMs = 20, QueueBufferingMaxMessages = 0 }).SetLogHandler(static (_, _) => { }).Build();
        for (int number = 0; number < count; number++)
        {
            byte[] value = new byte[Measured.Size];
            new Measured(number % 1000, number % 100 / 100.0).Write(value);
            producer.Produce(new TopicPartition(topic, number % partitions), new Message<Null, byte[]> { Value = value });
        }

        producer.Flush();
    }

    private static IConsumer<Ignore, byte[]> CreateConsumer(string servers, string topic)
    {
        IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig { BootstrapServers = servers, GroupId = "bare", EnableAutoCommit = false, FetchQueueBackoffMs = 20 }).SetLogHandler(static (_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        consumer.Assign(admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics[0].Partitions.Select(partition => new TopicPartitionOffset(topic, partition.PartitionId, Offset.Beginning)));
        return consumer;
    }
}
