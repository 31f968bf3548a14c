using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt.Broker;

/// <summary>TLS of a broker's listener.</summary>
public sealed record MqttBrokerTls
{
    /// <summary>The broker's certificate with its private key.</summary>
    public required X509Certificate2 ServerCertificate { get; init; }

    /// <summary>
    /// The authorities that issue client certificates. If set, clients are asked for a certificate, and one that they do not
    /// vouch for is refused. Null, the default, asks for none. Revocation is not checked.
    /// </summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>Refuses clients that present no certificate. Default false; needs <see cref="ClientAuthorities"/>.</summary>
    public bool RequireClientCertificate { get; init; }
}
