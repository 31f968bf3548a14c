using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Coap;

/// <summary>
/// How a client speaks DTLS 1.2 with the servers of URIs with coaps. It needs the operating system's OpenSSL, which is loaded with the first such request. A server without a pre-shared key has to have a certificate that is
/// valid, issued by an authority that is trusted and made out to the server's name; there is no switch to accept another.
/// </summary>
/// <remarks>Immutable; thread-safe as long as the collections are left alone.</remarks>
public sealed record CoapDtlsClientOptions
{
    /// <summary>Gives the key for a host, as the URI has it, or null if certificates are what counts; by default, null, there are no keys.</summary>
    public Func<string, CoapPreSharedKey?>? PreSharedKeys { get; init; }

    /// <summary>The authorities to trust instead of those that the system's OpenSSL does.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The certificate, with its private key, which has to be exportable, by which the client proves who it is; by default none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The name that the servers' certificates have to bear; by default the host of the URI.</summary>
    public string? ServerName { get; init; }

    /// <summary>How long it may take to establish a session; default 30 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After what time without any answer to what was sent a session counts as lost, as it is when the server has begun anew; what waits for it fails, and the next request makes another one; more than zero; default 20 s.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(20);

    internal void Validate()
    {
        OptionCheck.That(ClientCertificate is null or { HasPrivateKey: true }, nameof(ClientCertificate), "has to have its private key");
        OptionCheck.That(HandshakeTimeout > TimeSpan.Zero && HandshakeTimeout <= TimeSpan.FromHours(1), nameof(HandshakeTimeout), "has to be more than zero and at most an hour");
        OptionCheck.That(SilenceTimeout > TimeSpan.Zero && SilenceTimeout <= TimeSpan.FromDays(1), nameof(SilenceTimeout), "has to be more than zero and at most a day");
    }
}
