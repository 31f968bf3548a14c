using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Amqp;

/// <summary>
/// How a connection is encrypted. The server's certificate has to be valid, issued by an authority that is trusted and made out to
/// the server's name; there is no switch to accept another.
/// </summary>
/// <remarks>Immutable; thread-safe as far as the collection is left alone.</remarks>
public sealed record AmqpTls
{
    /// <summary>The authorities to trust instead of the system's; by default the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The certificate, with its private key, by which the client proves who it is; by default none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The name that the server's certificate has to bear; by default the host that is connected to.</summary>
    public string? ServerName { get; init; }

    /// <summary>Whether third parties are asked if the server's certificate was revoked; default false.</summary>
    public bool ChecksRevocation { get; init; }
}
