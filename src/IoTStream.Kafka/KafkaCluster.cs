using Confluent.Kafka;

namespace IoTStream.Kafka;

/// <summary>Where a Kafka cluster is, and how to connect to it.</summary>
/// <remarks>Immutable and thread-safe. Its text does not tell secrets.</remarks>
public sealed record KafkaCluster
{
    /// <summary>Describes a cluster.</summary>
    /// <param name="bootstrapServers">Some of its brokers, as <c>HOST:PORT</c> with commas between; from these the others are found.</param>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public KafkaCluster(string bootstrapServers)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bootstrapServers);
        BootstrapServers = bootstrapServers;
    }

    /// <summary>Some of its brokers, as <c>HOST:PORT</c> with commas between.</summary>
    public string BootstrapServers { get; }

    /// <summary>What the brokers call the client in logs, metrics and quotas; default <c>iotstream</c>.</summary>
    public string ClientId { get; init; } = "iotstream";

    /// <summary>How connections are encrypted; by default they are not.</summary>
    public KafkaTls? Tls { get; init; }

    /// <summary>How the client proves who it is; by default it does not, or by the certificate of <see cref="Tls"/>.</summary>
    public KafkaSasl? Sasl { get; init; }

    /// <summary>
    /// How long to wait at the opening of a source or sink for what has to be known of the cluster before anything can be read or written; default 30 seconds. Then the start fails, and says what
    /// the client met last.
    /// </summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Settings of librdkafka by their names, for all clients of the cluster. They come last, so they replace what is set otherwise; those that a guarantee
    /// rests on are refused when the source or the sink is made.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"{BootstrapServers} ({ClientId}{(Tls is null ? "" : ", TLS")}{(Sasl is null ? "" : $", {Sasl}")})";

    internal void Validate(IReadOnlyCollection<string> reserved)
    {
        Check(OpenTimeout > TimeSpan.Zero, nameof(OpenTimeout), "has to be positive");
        Check(Settings is not null, nameof(Settings), "cannot be null");
        Check(!string.IsNullOrEmpty(ClientId), nameof(ClientId), "cannot be empty");
        Tls?.Validate();
        foreach (string name in Settings!.Keys)
        {
            Check(!reserved.Contains(name), nameof(Settings), $"cannot have '{name}', which is decided by the options of the source or the sink");
        }
    }

    /// <summary>What all clients are configured with.</summary>
    internal void Configure(ClientConfig config)
    {
        config.BootstrapServers = BootstrapServers;
        config.ClientId = ClientId;
        config.SecurityProtocol = (Tls, Sasl) switch
        {
            (null, null) => SecurityProtocol.Plaintext,
            (null, _) => SecurityProtocol.SaslPlaintext,
            (_, null) => SecurityProtocol.Ssl,
            _ => SecurityProtocol.SaslSsl,
        };
        Tls?.Configure(config);
        Sasl?.Configure(config);
        foreach ((string name, string value) in Settings)
        {
            config.Set(name, value);
        }
    }

    internal static void Check(bool isValid, string option, string rule)
    {
        if (!isValid)
        {
            throw new ArgumentException($"{option} {rule}.", option);
        }
    }
}
