namespace IoTStream.Kafka;

/// <summary>How a sink compresses the messages of a batch together.</summary>
public enum KafkaCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>GZIP: small, slow.</summary>
    Gzip,

    /// <summary>Snappy.</summary>
    Snappy,

    /// <summary>LZ4: fast.</summary>
    Lz4,

    /// <summary>Zstandard: small and fast; brokers from version 2.1.</summary>
    Zstd,
}
