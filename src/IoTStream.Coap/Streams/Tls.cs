using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Coap.Streams;

/// <summary>Encrypts connections.</summary>
internal static class Tls
{
    // RFC 8323, section 8.2.
    private static readonly SslApplicationProtocol Coap = new("coap");

    public static SslServerAuthenticationOptions For(CoapTcpOptions options) => new()
    {
        ServerCertificate = options.Certificate,
        ClientCertificateRequired = options.ClientAuthorities is not null,
        CertificateChainPolicy = options.ClientAuthorities is { } authorities ? Trusting(authorities) : null,
        ApplicationProtocols = [Coap],
    };

    public static SslClientAuthenticationOptions For(CoapTlsOptions options, string host) => new()
    {
        TargetHost = options.ServerName ?? host,
        ClientCertificates = options.ClientCertificate is { } certificate ? [certificate] : null,
        CertificateChainPolicy = options.Authorities is { } authorities ? Trusting(authorities) : null,
        ApplicationProtocols = [Coap],
    };

    private static X509ChainPolicy Trusting(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
