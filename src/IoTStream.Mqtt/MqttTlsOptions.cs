using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt;

/// <summary>
/// How a connection is encrypted. The server's certificate has to be valid, issued by an authority that is trusted and made out to
/// the server's name; there is no switch to accept another.
/// </summary>
/// <remarks>Immutable; thread-safe as far as the collections are left alone.</remarks>
public sealed record MqttTlsOptions
{
    /// <summary>The authorities to trust instead of the system's; by default the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The certificate, with its private key, by which the client proves who it is; by default none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The name that the server's certificate has to bear; by default <see cref="MqttClientOptions.Host"/>.</summary>
    public string? ServerName { get; init; }

    /// <summary>The application protocols that the client offers (ALPN), the best first, such as "mqtt"; by default none.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary>How it is checked whether the server's certificate was revoked; by default it is not, for that asks third parties.</summary>
    public X509RevocationMode Revocation { get; init; } = X509RevocationMode.NoCheck;
}
