using Confluent.Kafka;

namespace IoTStream.Kafka;

/// <summary>
/// How connections to brokers are encrypted. A broker's certificate has to be valid, issued by an authority that is trusted and made out to the name that the broker is
/// reached by; there is no switch to accept another. Certificates and keys are texts in PEM format.
/// </summary>
/// <remarks>Immutable and thread-safe. Its text does not tell the key.</remarks>
public sealed record KafkaTls
{
    /// <summary>The certificates of the authorities to trust, one behind the other; by default those of the system.</summary>
    public string? Authorities { get; init; }

    /// <summary>The certificate by which the client proves who it is, with those that lead to its authority behind it; by default none.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>The private key of <see cref="ClientCertificate"/>.</summary>
    public string? ClientKey { get; init; }

    /// <summary>The password of <see cref="ClientKey"/>, if it is encrypted.</summary>
    public string? ClientKeyPassword { get; init; }

    /// <inheritdoc/>
    public override string ToString() => ClientCertificate is null ? "TLS" : "TLS with a client certificate";

    internal void Validate()
    {
        KafkaCluster.Check(ClientCertificate is null == ClientKey is null, nameof(ClientCertificate), "and ClientKey belong together: set both or neither");
        KafkaCluster.Check(ClientKeyPassword is null || ClientKey is not null, nameof(ClientKeyPassword), "means something only with a ClientKey");
    }

    internal void Configure(ClientConfig config)
    {
        config.SslEndpointIdentificationAlgorithm = SslEndpointIdentificationAlgorithm.Https;
        config.SslCaPem = Authorities;
        config.SslCertificatePem = ClientCertificate;
        config.SslKeyPem = ClientKey;
        config.SslKeyPassword = ClientKeyPassword;
    }
}
