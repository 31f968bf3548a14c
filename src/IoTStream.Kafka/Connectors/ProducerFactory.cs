using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Makes producers of sinks.</summary>
internal static class ProducerFactory
{
    /// <summary>Settings that the guarantees of the sink rest on.</summary>
    public static readonly IReadOnlyCollection<string> Reserved = new HashSet<string>(StringComparer.Ordinal)
    {
        "bootstrap.servers", "transactional.id", "enable.idempotence", "acks", "request.required.acks", "delivery.report.only.error", "enable.gapless.guarantee",
    };

    public static IProducer<byte[]?, byte[]?> Create(KafkaCluster cluster, KafkaSinkOptions options, ClientLog log, string? transactionalId)
    {
        var config = new ProducerConfig
        {
            EnableIdempotence = true,
            Acks = Acks.All,
            CompressionType = options.Compression switch
            {
                KafkaCompression.Gzip => CompressionType.Gzip,
                KafkaCompression.Snappy => CompressionType.Snappy,
                KafkaCompression.Lz4 => CompressionType.Lz4,
                KafkaCompression.Zstd => CompressionType.Zstd,
                _ => CompressionType.None,
            },
            LingerMs = options.Linger.TotalMilliseconds,
            BatchSize = options.BatchBytes,
            MessageMaxBytes = options.MaxMessageBytes,
            QueueBufferingMaxKbytes = Math.Max(1, options.BufferBytes / 1024),
            QueueBufferingMaxMessages = 0,
            MessageTimeoutMs = Milliseconds(options.DeliveryTimeout),

            // As Kafka's own clients choose partitions, so that whoever writes a key writes it to the same one.
            Partitioner = Partitioner.Murmur2Random,

            // What is in a report is known here, but for the error.
            DeliveryReportFields = "none",
        };
        if (transactionalId is not null)
        {
            config.TransactionalId = transactionalId;
            config.TransactionTimeoutMs = Milliseconds(options.TransactionTimeout);
            config.MessageTimeoutMs = Math.Min(Milliseconds(options.DeliveryTimeout), Milliseconds(options.TransactionTimeout));
        }

        cluster.Configure(config);
        ProducerBuilder<byte[]?, byte[]?> builder = new ProducerBuilder<byte[]?, byte[]?>(config)
            .SetKeySerializer(Serializers.ByteArray!).SetValueSerializer(Serializers.ByteArray!)
            .SetErrorHandler((_, error) => log.Note(error)).SetLogHandler((_, message) => log.Note(message));
        return (TokenRefresh.Of(cluster) is { } refresh ? builder.SetOAuthBearerTokenRefreshHandler(refresh) : builder).Build();
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Clamp(time.TotalMilliseconds, 1, int.MaxValue);
}
